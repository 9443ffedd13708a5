// Package check tests what is shipped below deploy: the image's list of programs, the compose file with its cluster of NATS nodes, the
// chart, and the units of systemd. It is a module of its own, outside of go.work, so that the programs do not depend on Helm and
// Kubernetes. .ci/deploy runs it.
package check
