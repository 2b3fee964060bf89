// The wire form of reports and orders: what messages.hpp says in C++. messages.cpp translates, and checks what these types can't say.
//
// Ids and counters are unsigned 64-bit numbers in the bits of an i64; ids of 32 bits are checked to fit. Bulk numbers are `binary`:
// little-endian words, since a list of boxed i64 costs a call each. Every field is required but for what may really be missing; the
// reader takes fields in ascending order, each once, and no others (a new field is a new wire_version).
namespace cpp colony.idl

struct Digest {
  1: required i64 low
  2: required i64 high
}

struct JoinReport {
  1: required i64 version
  2: required string program
  3: required i64 job_hash
  4: required i64 schema_hash
  5: required i64 seed
  6: required string nonce
  7: optional i64 wanted
  8: required string host
  9: required i64 pid
  10: required string bulk_url
  11: required i64 threads
}

struct ReadyReport {
  1: required i64 epoch
  2: required i64 tick
  3: required binary partial       // i64 words
  4: required Digest digest
  5: required i64 placement_hash
  6: required i64 topology_hash
  7: required i64 nodes
  8: required i64 edges
  9: required i64 agents
  10: required binary block_sizes  // u64 words
  11: required binary events       // as in TickReport
}

struct TickCost {
  1: required i64 compute_ns
  2: required i64 wait_ns
  3: required i64 bytes_sent
}

struct TickReport {
  1: required i64 epoch
  2: required i64 tick
  3: required binary partial  // i64 words
  4: optional Digest digest
  5: required binary events   // four u64 words each: tick, kind, source, target
  6: required i64 agents
  7: required TickCost cost
  8: required binary block_costs  // two u64 words each: block, ns
}

struct PhaseReport {
  1: required i64 epoch
  2: required i64 tick
}

struct Column {
  1: required string name
  2: required i32 type  // colony::ScalarType
  3: required i64 count
  4: required binary bytes
  5: required i32 width
}

struct Group {
  1: required string name
  2: required i64 count
  3: required list<Column> columns
}

struct SnapshotReport {
  1: required i64 epoch
  2: required i64 tick
  3: required i64 series
  4: required list<Group> groups
}

struct ImageReport {
  1: required i64 epoch
  2: required i64 tick
  3: required Digest digest
  4: required binary partial  // i64 words
}

struct FileRecord {
  1: required string name
  2: required i64 shard
  3: required i64 bytes
  4: required i64 xxh3
  5: required Digest digest
}

struct FileReport {
  1: required i64 epoch
  2: required i64 tick
  3: required list<FileRecord> records
  4: required string error
}

struct SuspectReport {
  1: required i64 epoch
  2: required i64 peer
}

struct BeatReport {
  1: required i64 epoch
  2: required i64 tick
  3: required i64 phase
  4: required i64 cpu_ns
  5: required i64 resident_bytes
}

struct LeaveReport {
}

struct FailureReport {
  1: required i64 epoch
  2: required i32 status
  3: required string message
}

// Exactly one of them is there.
struct AnyReport {
  1: optional JoinReport join
  2: optional ReadyReport ready
  3: optional TickReport tick
  4: optional SnapshotReport snapshot
  5: optional ImageReport image
  6: optional FileReport file
  7: optional SuspectReport suspect
  8: optional BeatReport beat
  9: optional LeaveReport leave
  10: optional FailureReport failure
  11: optional PhaseReport phase
}

struct Reports {
  1: required i32 version  // wire_version
  2: required list<AnyReport> reports
}

struct WelcomeOrder {
  1: required i64 shard
}

struct RefuseOrder {
  1: required i32 status
  2: required string reason
}

struct Member {
  1: required i64 shard
  2: required string url
}

struct Pin {
  1: required i64 block
  2: required i64 shard
}

struct Stamp {
  1: required string model
  2: required i64 schema_hash
  3: required i64 seed
  4: required i64 tick
  5: required i64 incarnation
  6: required i64 epoch
}

struct BeginOrder {
  1: required i64 incarnation
  2: required i64 epoch
  3: required list<Member> members
  4: required list<Pin> pins
  5: optional Stamp checkpoint
  6: required i64 static_hash
  7: required bool writes_static
  8: required i64 shards_each
}

struct TickOrder {
  1: required i64 epoch
  2: required i64 tick
  3: required binary globals  // i64 words
  4: required bool observe
  5: required bool digest
  6: required bool measure
  7: required bool by_phase
}

struct PhaseOrder {
  1: required i64 epoch
  2: required i64 tick
}

struct CheckpointOrder {
  1: required i64 epoch
  2: required i64 tick
}

struct SnapshotOrder {
  1: required i64 epoch
  2: required i64 tick
  3: required i64 series
}

struct AbandonOrder {
  1: required i64 epoch
}

struct FinishOrder {
  1: required i32 status
  2: required string reason
}

// Exactly one of them is there.
struct AnyOrder {
  1: optional WelcomeOrder welcome
  2: optional RefuseOrder refuse
  3: optional BeginOrder start
  4: optional TickOrder tick
  5: optional CheckpointOrder checkpoint
  6: optional SnapshotOrder snapshot
  7: optional AbandonOrder abandon
  8: optional FinishOrder finish
  9: optional PhaseOrder phase
}

struct Orders {
  1: required i32 version  // wire_version
  2: required list<AnyOrder> orders
}
