#include "io/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <nlohmann/json.hpp>

namespace colony {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// The rest of the line after time and level. Bytes that are not UTF-8 are replaced.
std::string rest_of_line(std::string_view event, std::string_view message, std::initializer_list<LogField> fields) {
  nlohmann::ordered_json object;
  object["event"] = event;
  if (!message.empty()) object["message"] = message;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { object[std::string(field.name)] = value; }, field.value);
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(1);
}

std::unique_ptr<spdlog::logger> file_logger(const std::string& path) {
  try {
    auto logger = std::make_unique<spdlog::logger>("file", std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v",
                                                                      spdlog::pattern_time_type::utc));
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::warn);
    return logger;
  } catch (const spdlog::spdlog_ex& error) {
    throw StorageError(path, error.what());
  }
}

std::unique_ptr<spdlog::logger> people_logger(LogLevel least) {
  auto logger = std::make_unique<spdlog::logger>("people", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(level_of(least));
  return logger;
}

}  // namespace

struct Log::Sinks {
  std::unique_ptr<spdlog::logger> file;
  std::unique_ptr<spdlog::logger> people;
  bool failed = false;
};

Log::Log(const LogOptions& options) : sinks_(std::make_unique<Sinks>()) {
  if (options.people) sinks_->people = people_logger(options.for_people);
  if (options.path.empty()) return;
  sinks_->file = file_logger(options.path);
  sinks_->file->set_error_handler([this](const std::string& what) {
    if (std::exchange(sinks_->failed, true) || !sinks_->people) return;
    sinks_->people->warn("warning: log lines are lost: {}", what);
  });
}

Log::~Log() { flush(); }

void Log::write(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields) {
  if (sinks_->file) sinks_->file->log(level_of(level), "{}", rest_of_line(event, message, fields));
  if (!sinks_->people || message.empty()) return;
  const char* prefix = level == LogLevel::error ? "error: " : level == LogLevel::warning ? "warning: " : "";
  sinks_->people->log(level_of(level), "{}{}", prefix, message);
}

void Log::flush() {
  if (sinks_->file) sinks_->file->flush();
}

}  // namespace colony
