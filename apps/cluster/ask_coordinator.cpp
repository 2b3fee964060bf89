#include "apps/cluster/ask_coordinator.hpp"

#include <fmt/format.h>

#include "apps/http/http_authorization.hpp"
#include "apps/http/http_client.hpp"
#include "apps/run/command_run_folder.hpp"
#include "io/run/run_directory.hpp"
#include "io/run/run_lock.hpp"

namespace colony {
namespace {

std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_loopback(const std::string& url) { return url.starts_with("http://127.") || url.starts_with("http://[::1]"); }

HttpResponse ask(const std::string& run, const Rendezvous& rendezvous, const HttpRequest& request) {
  try {
    return http_ask(rendezvous.http, request);
  } catch (const HttpError& error) {
    const bool elsewhere = is_loopback(rendezvous.http) && rendezvous.host != this_process().host;
    throw NoCoordinatorError(run, std::string(error.what()) +
                                      (elsewhere ? fmt::format("; that is an address for programs on {} only: ask there, or give the job "
                                                               "an address in [cluster] http",
                                                               rendezvous.host)
                                                 : ""));
  }
}

}  // namespace

PosixStorage open_cluster_folder(const std::string& path) {
  PosixStorage storage(path);
  const bool begun = storage.exists(rendezvous_file_name) || storage.exists(report_file_name);
  return begun ? storage : open_run_folder(path);
}

Rendezvous running_coordinator(Storage& storage) {
  const std::string run = storage.path_of("");
  std::uint64_t incarnation = 0;
  std::string holder;
  try {
    RunLock::check_free(storage);
    throw NoCoordinatorError(run, "the run is not going on");
  } catch (const RunHeldError& held) {
    incarnation = held.holder.incarnation;
    holder = fmt::format("process {} on {}", held.holder.pid, held.holder.host);
  }
  const bool written = storage.exists(rendezvous_file_name);
  Rendezvous rendezvous = written ? read_rendezvous(storage) : Rendezvous{};
  if (!written || rendezvous.incarnation != incarnation)
    throw NoCoordinatorError(run, holder + " runs it alone, without members, or has only just begun");
  return rendezvous;
}

CoordinatorPages::CoordinatorPages(Storage& storage)
    : storage_(storage), run_(storage.path_of("")), rendezvous_(running_coordinator(storage)) {
  if (rendezvous_.http.empty()) throw NoCoordinatorError(run_, "its pages are off ([cluster] http = \"off\")");
  status();  // whoever has the port by now may be another run's
}

std::string CoordinatorPages::get(const std::string& target) const {
  const HttpResponse answer = ask(run_, rendezvous_, {"GET", target, ""});
  if (answer.status != 200)
    throw NoCoordinatorError(run_, fmt::format("{}{} answers {}: {}", rendezvous_.http, target, answer.status, trimmed(answer.body)));
  return answer.body;
}

ClusterStatus CoordinatorPages::status() const {
  const ClusterStatus status = cluster_status_from_json(get("/status"), rendezvous_.http);
  if (status.pid != rendezvous_.pid || status.incarnation != rendezvous_.incarnation || status.host != rendezvous_.host)
    throw NoCoordinatorError(run_, rendezvous_.http + " is another run's by now");
  return status;
}

ShardsStatus CoordinatorPages::shards() const { return shards_status_from_json(get("/shards"), rendezvous_.http); }

std::string CoordinatorPages::change(const std::string& target) const {
  const Secret secret = Secret::load(rendezvous_.secret_file.empty() ? storage_.path_of(secret_file_name) : rendezvous_.secret_file);
  const HttpResponse answer =
      ask(run_, rendezvous_, {"POST", target, authorization_of(secret, rendezvous_.nonce, "POST", target, unix_time_ns())});
  const std::string text = trimmed(answer.body);
  if (answer.status == 404 || answer.status == 400) throw UsageError(text);
  if (answer.status != 202) throw ClusterError("the coordinator refuses: " + text);
  return text;
}

}  // namespace colony
