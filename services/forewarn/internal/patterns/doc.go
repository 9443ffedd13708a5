// Package patterns shows of a log file of which patterns its lines are, by the model that package pattern of the learning core
// describes.
//
// The file is read twice. In the first pass the patterns are learned, in the second each line is told to its pattern, so that
// two lines of one pattern have one ID wherever they stand. What cannot be read twice, such as a pipe, is copied to a
// temporary file first. Memory does not grow with the file.
package patterns
