// Package fault is a list of what goes wrong in a [landscape.Landscape], and what a person on call should be told of it.
//
// A [Scenario] makes a [Case] of a seed, which varies when, how badly and on which host. The case says what to do to the landscape at
// each moment, and its truths: for each fault that is injected what may be named as its cause. Most cases have one; some have two at
// the same time, on what has nothing to do with each other.
package fault
