// Package bus carries metrics, logs and findings between the services, on NATS JetStream: on a server inside
// the process, or on one outside.
//
// A [Publisher] puts batches into the partition that their root entity belongs to ([Bus.PartitionOf]).
// [Bus.Work] drives a [Processor] over one partition: its state is saved with its place in the stream, so that a
// restart goes on where it was; [Bus.Share] divides the partitions among processes. What a processor says goes to the stream FIND. [Bus.Query] asks a running worker.
//
//	b, err := bus.Open(ctx, bus.DefaultConfig(), bus.Settings{DataDir: dir})
//	p, err := b.NewPublisher("edge")
//	err = p.Publish(ctx, bus.Metrics, b.PartitionOf("host:erp-01"), "node", payload)
//	err = b.Work(ctx, bus.WorkSettings{Service: "trend", Input: bus.Metrics, Partition: 0, Processor: w})
//
// # Guarantees
//
// Each has a test that is named for it.
//
//   - G1: What the bus has acknowledged outlives the process and, as every message is synced first, the machine.
//   - G2: One process at a time has a data directory; a second one is told who has it.
//   - G3: The number of partitions is fixed at install; another number is refused.
//   - G4: When Publish returns nil, the batch is on the bus or, synced, on the local spool. When the bus is away or
//     full, Publish takes no longer than Config.SpoolAfter and AckTimeout say.
//   - G5: Batches of a partition are stored in the order of their Publish calls, each once, under the id that it was
//     given first; also those that waited on the spool, also after a restart.
//   - G6: A spool never takes more than Config.SpoolMax, whatever is written at once; the oldest batches go first and are counted. A damaged file
//     on it is set aside whole and stops nothing; no file is removed that is not kept elsewhere.
//   - G7: What a registered reader has not saved is never purged; a full stream refuses new data instead. What all
//     have saved is purged.
//   - G8: A worker's state after a restart, kill -9 included, is that of an undisturbed run over the same messages;
//     equal states have equal snapshots, byte for byte.
//   - G9: Each output of a message is on FIND once, under one id, whatever was interrupted.
//   - G10: A batch that comes twice changes nothing, also after the 10 minutes for which the server itself remembers.
//   - G11: A crash while a snapshot is written leaves the one before it valid. A damaged snapshot is never used: it
//     is said, counted, and the one before it taken up, or the state rebuilt from the stream. One that the server has lost is missed.
//     What a flipped bit on its disk keeps an embedded server from storing is made anew without the message that it was in.
//   - G12: A message that a processor refuses, or panics over, goes to the dead letters with the reason; work goes on.
//   - G13: Messages that were gone before a worker could read them are said and counted, never passed over in silence.
//     A stream that begins anew behind its readers is read from its beginning, also while they run, and that is said.
//   - G14: A worker whose partition another process has taken can save nothing any more, spoils nothing, and leaves.
//   - G15: A bus, or a single stream of it, that answers but stores nothing (what a full disk leaves behind) is noticed
//     within an interval of ticks or canary and a time-out, and said with what to do. An embedded one starts again by
//     itself when there is space.
//   - G16: Silence advances: every partition hears a tick each Config.TickInterval, once, however many processes tick,
//     also when a clock was set back.
//   - G17: A processor's clock, Message.Time, depends on the messages alone, so that it is the same at a replay. It does
//     not go back when the server's does, but with one exception: when the server's is more than 10 minutes behind it
//     for 5 messages in a row, the server's was far ahead before and has been corrected. Then the processor's follows,
//     and that is said and counted.
//   - G18: A calibration table ([Bus.AnnounceCalibration]) is heard by a processor at the same place among the messages
//     in each of its lives.
//   - G19: On a bus of simulated days ([Settings.Clock]) the time of a message is that which its publisher's clock told; on
//     every other bus nothing that a message says moves anybody's time.
//   - G20: What workers say to the one that judges all partitions together ([Output].Fleet, Kind [Fleet]) is on its stream
//     once, whatever was interrupted, and that one's state and findings are under G7 to G14 as all others'.
//   - G21: At most one process at a time does what is under a lease, unless the bus is away for longer than one or a process stood
//     still: then what the earlier one still sends is refused as soon as the later one has spoken. Within a lease and a
//     second after a process has died another one goes on.
//   - G22: Processes that share a service's work ([Bus.Share]) agree on who does what; nobody has more than one partition more
//     than another, and one that leaves hands over at once.
//   - G23: What a service says, and its states, are those of an undisturbed run, however its processes die, stand still, come
//     and go.
//   - G24: A copy ([Bus.Copy]) that is taken while everything runs holds all that was acknowledged before. What is restored of it
//     ([Bus.Restore]) goes on as after a power cut at the moment when incidents and deliveries were copied: nothing is lost up to there, and
//     nothing said twice.
//   - G25: A state that a newer release wrote is refused and stays as it is, unless Config.DiscardNewer says that it may go.
package bus
