// Package rehearsal measures what people are told of incidents: how many for a fault, whether they name its cause, and how many when
// all is well.
//
// A simulated [landscape.Landscape] is played through the real stack: an embedded bus whose clock is simulated, the workers for trends,
// logs and behaviour, and the notifier. What is judged are the incidents in its store, and what of them people were told. [Faults]
// injects one fault, or two at a time, after three weeks of health; [Fleet] injects nothing.
package rehearsal
