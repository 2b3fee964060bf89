// How the processes of a cluster find their coordinator and prove that they are of one run: a small file in the run folder, and what both
// ends compare on joining.
#pragma once

#include <cstdint>
#include <string>

#include "apps/shared/prepare.hpp"
#include "engine/error.hpp"
#include "io/run/run_directory.hpp"
#include "io/storage.hpp"
#include "shard/wire/messages.hpp"

namespace colony {

/// The job's secret, or the one that the coordinator makes in the run folder.
std::string secret_path(const RunJob& job, const Storage& storage);

/// Written by the coordinator, read again and again by joiners until it fits or their deadline passes.
struct Rendezvous {
  std::string job_id;  ///< "local", or what the batch system calls this start ("slurm-17.0"): a file of another start is not ours
  std::string url;     ///< of the coordinator's control socket
  std::string http;    ///< of its pages; "" when there are none
  std::string nonce;   ///< random: who can read it shares the folder
  std::uint64_t incarnation = 0;
  std::int64_t pid = 0;
  std::string host;
  std::string secret_file;  ///< absolute; "": the one in the run folder
  bool tls = false;         ///< connections are encrypted, under the certificate in the run folder
};

void write_rendezvous(Storage& storage, const Rendezvous& rendezvous);
/// Throws StorageError when it is not there or is not whole.
Rendezvous read_rendezvous(Storage& storage);
/// No coordinator of this start has written its file within the time.
struct NoRendezvousError : ClusterError {
  using ClusterError::ClusterError;
};
/// The file of this start, waited for. Throws NoRendezvousError at the deadline.
Rendezvous await_rendezvous(Storage& storage, const std::string& job_id, std::uint64_t timeout_ms);

/// Address by which other hosts reach this one: the first IPv4 address that its name stands for, else its loopback address.
std::string own_host_address();

/// 32 random hexadecimal digits.
std::string make_nonce();

/// What a process says it is about; `wanted`, `bulk_url` and `threads` are left to be filled in.
JoinReport identity_of(const PreparedJob& prepared, const std::string& nonce);

}  // namespace colony
