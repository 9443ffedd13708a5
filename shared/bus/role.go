package bus

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a program does on the bus. From it follow the subjects that it needs, and nothing else is allowed to it on a
// server that asks who somebody is.
type Role struct {
	// Name of the program, and of its user on the server.
	Name string
	// Reads are the streams that it works on ([Bus.Share], [Bus.Work]).
	Reads []Reading
	// Puts are the kinds of batches that it publishes ([Bus.NewPublisher]).
	Puts []Kind
	// Asks and Answers are services that it queries, and for which it answers queries beside those of Reads.
	Asks, Answers []string
	// Commands and Obeys are commands, such as "notifier.silence", which it gives, and which it carries out.
	Commands, Obeys []string
	// Leads are the names of what it does alone ([Bus.Lead]).
	Leads []string
	// Takes are the streams that it reads by durable consumers, Follows those that it reads by [Bus.Consume].
	Takes, Follows []string
	// Says are further subjects that it publishes, Recalls the streams of which it reads the last message of a subject, and Empties
	// those that it purges.
	Says, Recalls, Empties []string
	// Opens and Keeps are the buckets that it reads, and reads and writes.
	Opens, Keeps []string
	// Announces tells that it puts calibration tables into the streams of metrics.
	Announces bool
	// Looks tells that it reads the state of the bus ([Bus.Status]).
	Looks bool
	// Copies tells that it copies the whole bus ([Bus.Copy]).
	Copies bool
	// Prepares tells that it makes the streams and does the duties of the bus ([Bus.Run]).
	Prepares bool
}

// Reading is a stream that a service works on.
type Reading struct {
	Service string
	Input   Kind
}

// Permissions are subjects of NATS, wildcards included.
type Permissions struct {
	Publish, Subscribe []string
	// Responds tells that it may answer what it is asked, once and soon: on whose subject it does is not known before.
	Responds bool
}

// Inbox returns the prefix of the subjects on which the program of a role gets answers. Each has its own: who may listen
// to another's answers reads what that one reads.
func (r *Role) Inbox() string { return "_INBOX_" + r.Name }

// Permissions returns what the role needs on an install of so many partitions, sorted.
func (r *Role) Permissions(partitions int) Permissions {
	g := &grants{partitions: partitions, subscribe: []string{r.Inbox() + ".>"}}
	g.api("STREAM.INFO.*")
	g.open(BucketMeta)
	for _, read := range r.Reads {
		g.read(read)
	}
	for _, k := range r.Puts {
		g.publish = append(g.publish, k.token()+".*.batch", "dlq."+k.token()+".*.batch")
	}
	for _, service := range r.Asks {
		g.publish = append(g.publish, "query."+service+".*")
	}
	for _, service := range r.Answers {
		g.subscribe = append(g.subscribe, "query."+service+".*")
	}
	for _, name := range r.Commands {
		g.publish = append(g.publish, subjectCommand(name))
	}
	for _, name := range r.Obeys {
		g.subscribe = append(g.subscribe, subjectCommand(name))
	}
	for _, name := range r.Leads {
		g.lease(name)
	}
	for _, stream := range r.Takes {
		g.take(stream)
	}
	for _, stream := range r.Follows {
		g.cursor(stream)
	}
	g.publish = append(g.publish, r.Says...)
	for _, stream := range r.Recalls {
		g.api("STREAM.MSG.GET."+stream, "DIRECT.GET."+stream+".>")
	}
	for _, stream := range r.Empties {
		g.api("STREAM.PURGE." + stream)
	}
	for _, bucket := range r.Opens {
		g.open(bucket)
	}
	for _, bucket := range r.Keeps {
		g.keep(bucket)
	}
	if r.Announces {
		g.publish = append(g.publish, Metrics.token()+".*"+topicCalibration)
	}
	if r.Looks {
		g.open(BucketReader)
		g.api("STREAM.MSG.GET."+StreamDeadLetters, "DIRECT.GET."+StreamDeadLetters)
	}
	if r.Copies {
		g.copy()
	}
	if r.Prepares {
		g.prepare()
	}
	return g.sorted()
}

// grants collects subjects.
type grants struct {
	partitions         int
	publish, subscribe []string
}

func (g *grants) api(subjects ...string) {
	for _, s := range subjects {
		g.publish = append(g.publish, "$JS.API."+s)
	}
}

// read is what a worker needs: its stream, snapshots, outputs, dead letters, leases, and the queries to it.
func (g *grants) read(r Reading) {
	kind := r.Input.token()
	for _, stream := range g.streams(r.Input) {
		g.cursor(stream)
	}
	g.api("STREAM.MSG.GET."+StreamFindings, "STREAM.MSG.GET."+streamSnapshots, "STREAM.MSG.GET."+StreamName(Fleet, 0),
		fmt.Sprintf("DIRECT.GET.KV_%[1]s.$KV.%[1]s.%s.%s.*", BucketReader, r.Service, kind))
	g.publish = append(g.publish,
		fmt.Sprintf("snap.%s.%s.>", r.Service, kind), "find."+r.Service+".*", Fleet.token()+".*."+r.Service+".*",
		"dlq."+kind+".>", "dlq.find."+r.Service+".>", "dlq."+Fleet.token()+".>",
		fmt.Sprintf("$KV.%s.%s.%s.*", BucketReader, r.Service, kind), "member."+r.Service+".*")
	g.lease(r.Service + "." + kind + ".*")
	g.subscribe = append(g.subscribe, "query."+r.Service+".*")
}

// streams returns the names of the streams of a kind: the server takes no wildcards within a name.
func (g *grants) streams(k Kind) (all []string) {
	n := g.partitions
	if k == Fleet {
		n = 1
	}
	for p := range n {
		all = append(all, StreamName(k, p))
	}
	return all
}

// cursor is what reading streams takes.
func (g *grants) cursor(stream string) {
	g.api("CONSUMER.CREATE."+stream, "CONSUMER.CREATE."+stream+".>", "CONSUMER.MSG.NEXT."+stream+".*")
}

// take is what reading a stream by durable consumers takes, and what tidying up after them does.
func (g *grants) take(stream string) {
	g.cursor(stream)
	g.api("CONSUMER.DURABLE.CREATE."+stream+".*", "CONSUMER.INFO."+stream+".*", "CONSUMER.NAMES."+stream, "CONSUMER.DELETE."+stream+".*")
	g.publish = append(g.publish, "$JS.ACK."+stream+".>")
}

// lease is what holding a lease takes, of a name or of names of a form.
func (g *grants) lease(name string) {
	g.publish = append(g.publish, "$KV."+BucketLease+"."+name, "$JS.API.DIRECT.GET.KV_"+BucketLease+".$KV."+BucketLease+"."+name)
}

// open is what reading a bucket takes: single keys, lists, and changes.
func (g *grants) open(bucket string) {
	g.cursor("KV_" + bucket)
	g.api("DIRECT.GET.KV_"+bucket+".>", "STREAM.MSG.GET.KV_"+bucket, "CONSUMER.DELETE.KV_"+bucket+".>")
	g.publish = append(g.publish, "$JS.FC.KV_"+bucket+".>")
}

func (g *grants) keep(bucket string) {
	g.open(bucket)
	g.publish = append(g.publish, "$KV."+bucket+".>")
}

// copy is what reading every stream takes, and holding back purges meanwhile.
func (g *grants) copy() {
	g.open(BucketReader)
	for _, stream := range append(together(), upstream(g.partitions)...) {
		g.cursor(stream)
		g.api("CONSUMER.DELETE." + stream + ".*")
	}
	for _, stream := range []string{StreamFindings, StreamNotify} {
		g.api("CONSUMER.LIST."+stream, "CONSUMER.INFO."+stream+".*")
	}
	g.api("STREAM.MSG.GET." + StreamNotify)
	g.publish = append(g.publish, "$KV."+BucketMeta+"."+keyHold)
}

// prepare is what making, tending and watching all streams takes.
func (g *grants) prepare() {
	g.api("INFO", "STREAM.CREATE.*", "STREAM.UPDATE.*", "STREAM.DELETE."+streamTimers, "STREAM.MSG.GET."+StreamName(Metrics, 0))
	g.open(BucketReader)
	g.lease("duties")
	g.publish = append(g.publish, "$KV."+BucketMeta+"."+keyPartitions, "$KV."+BucketMeta+"."+keyInstall, subjectCanary)
	for _, k := range kinds() {
		for _, stream := range g.streams(k) {
			g.api("STREAM.PURGE." + stream)
		}
		g.publish = append(g.publish, k.token()+".*.tick")
	}
}

func (g *grants) sorted() Permissions {
	tidy := func(all []string) []string {
		slices.Sort(all)
		return slices.Compact(all)
	}
	return Permissions{
		Publish: tidy(g.publish), Subscribe: tidy(g.subscribe),
		Responds: slices.ContainsFunc(g.subscribe, func(s string) bool { return strings.HasPrefix(s, "query.") || strings.HasPrefix(s, "cmd.") }),
	}
}

// Config returns the user of a role, with that public key, in the form of a NATS server's configuration file.
func (r *Role) Config(nkey string, partitions int) string {
	var b strings.Builder
	p := r.Permissions(partitions)
	fmt.Fprintf(&b, "    { # %s\n      nkey: %s\n      permissions: {\n", r.Name, nkey)
	for _, list := range []struct {
		name     string
		subjects []string
	}{{"publish", p.Publish}, {"subscribe", p.Subscribe}} {
		fmt.Fprintf(&b, "        %s: [\n", list.name)
		for _, s := range list.subjects {
			fmt.Fprintf(&b, "          %q\n", s)
		}
		b.WriteString("        ]\n")
	}
	if p.Responds {
		fmt.Fprintf(&b, "        allow_responses: { max: 1, expires: %q }\n", 2*attemptTimeout) // who asks waits half as long
	}
	b.WriteString("      }\n    }\n")
	return b.String()
}
