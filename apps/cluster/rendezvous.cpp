#include "apps/cluster/rendezvous.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>

#include "apps/run/run_state.hpp"
#include "engine/error.hpp"
#include "io/fields.hpp"
#include "io/job/job_file.hpp"
#include "io/run/run_lock.hpp"

namespace colony {
namespace {

/// The program that runs, by its bytes: members of one version but another build would still be refused.
std::string build_of_this_program() {
  PosixStorage root("/proc/self");
  return fmt::format("colony {} build {:016x}", program_versions().front().second, root.checksum("exe").xxh3);
}

}  // namespace

std::string secret_path(const RunJob& job, const Storage& storage) {
  return job.cluster.secret_file.empty() ? storage.path_of(secret_file_name) : job.cluster.secret_file;
}

void write_rendezvous(Storage& storage, const Rendezvous& r) {
  storage.replace(rendezvous_file_name, fields_to_json({{"job_id", r.job_id},
                                                        {"url", r.url},
                                                        {"http", r.http},
                                                        {"nonce", r.nonce},
                                                        {"incarnation", std::to_string(r.incarnation)},
                                                        {"pid", std::to_string(r.pid)},
                                                        {"host", r.host},
                                                        {"secret_file", r.secret_file},
                                                        {"tls", r.tls ? "yes" : "no"}}));
}

Rendezvous read_rendezvous(Storage& storage) {
  const std::string where = storage.path_of(rendezvous_file_name);
  const auto fields = fields_from_json(storage.read(rendezvous_file_name, 1 << 16), where);
  const auto text = [&](const char* name) {
    const auto found = fields.find(name);
    if (found == fields.end()) throw StorageError(where, fmt::format("has no \"{}\"", name));
    return found->second;
  };
  const auto number = [&](const char* name) -> std::uint64_t {
    const std::string digits = text(name);
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos)
      throw StorageError(where, fmt::format("\"{}\" is no number", name));
    return std::stoull(digits);
  };
  const std::string tls = text("tls");
  if (tls != "yes" && tls != "no") throw StorageError(where, "\"tls\" is \"yes\" or \"no\"");
  return {text("job_id"), text("url"),         text("http"), text("nonce"), number("incarnation"), static_cast<std::int64_t>(number("pid")),
          text("host"),   text("secret_file"), tls == "yes"};
}

Rendezvous await_rendezvous(Storage& storage, const std::string& job_id, std::uint64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::string found = "is not there";
  for (;;) {
    try {
      if (storage.exists(rendezvous_file_name)) {
        Rendezvous rendezvous = read_rendezvous(storage);
        if (rendezvous.job_id == job_id) return rendezvous;
        found = fmt::format("is of another start ({}, not {})", rendezvous.job_id, job_id);
      }
    } catch (const StorageError& error) {
      found = error.what();
    }
    if (std::chrono::steady_clock::now() >= deadline)
      throw NoRendezvousError(fmt::format("no coordinator after {:.0f} s: {} {}; is the run folder shared by all hosts?",
                                          static_cast<double>(timeout_ms) * 1e-3, storage.path_of(rendezvous_file_name), found));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string own_host_address() {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  char text[INET_ADDRSTRLEN] = "127.0.0.1";
  if (getaddrinfo(this_process().host.c_str(), nullptr, &hints, &found) == 0 && found != nullptr) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr, text, sizeof text);
    freeaddrinfo(found);
  }
  return text;
}

std::string make_nonce() {
  std::random_device random;  // names a start; no state depends on it
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

JoinReport identity_of(const PreparedJob& prepared, const std::string& nonce) {
  JoinReport identity;
  identity.program = build_of_this_program();
  // What the placement is made of may differ between starts, but not within one: who disagrees is refused, before he is in an epoch.
  const Job::Shards& shards = prepared.job.shards;
  identity.job_hash = hash_text(frozen_keys(prepared.job) + fmt::format("{} {} {} {} {} {}", shards.count, shards.blocks, shards.partition,
                                                                        shards.placement, shards.virtual_nodes, shards.load_bound));
  identity.schema_hash = schema_number(*prepared.schema);
  identity.seed = prepared.job.seed;
  identity.nonce = nonce;
  identity.host = this_process().host;
  identity.pid = getpid();
  return identity;
}

}  // namespace colony
