// Package capacity plans half a year ahead for what is bought in months: disks, tablespaces, licences for users,
// connections.
//
// [Fit] explains monthly or weekly use by drivers that people know (users, vouchers a day, companies), a trend and the
// closing of periods, by multiple linear regression (github.com/sajari/regression, QR decomposition). The [Plan] then
// answers, for any [Scenario] of the drivers, how much is used when ([Plan.Forecast]), when the limit is reached
// ([Plan.Full]), and what to buy by when ([Plan.Buy]). The formula is shown to people ([Plan.Formula]), and so is
// what was left out and why ([Plan.Report]).
//
//	plan, err := capacity.Fit(capacity.Problem{Resource: "disk /u01", Unit: "GB", Accumulates: true, Points: months, Limit: 3000})
//	full, err := plan.Full(capacity.Scenario{})
//	buy, err := plan.Buy(capacity.Scenario{}, 12, 0.9)
//
// Use is in absolute units, never a share of the limit: buying more moves the limit, not the past.
//
// Intervals are those of a new observation in the linear model: residual variance and leverage, Student's t (Draper &
// Smith, Applied Regression Analysis, 1998). Where a driver is not given but carried on, how badly it
// is known is added. They hold as far as the next months are like the past ones.
//
// Everything is deterministic, and safe for concurrent use once fitted. Nothing panics, whatever the numbers.
package capacity
