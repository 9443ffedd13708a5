// Package page writes what a back-test came to as one HTML file that needs nothing else: no script, no reference to
// anything outside, light or dark as the reader's system is, readable on a telephone and on paper.
//
// A [Recorder] follows the signals of one worker and keeps their courses in bounded memory: about 10 KB a signal and 6 KB
// an episode, however long the input is. [Write] draws the most important of them and says what was left out.
package page
