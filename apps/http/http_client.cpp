#include "apps/http/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <limits>
#include <string>

namespace colony {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t max_answer_bytes = std::uint64_t{64} << 20;

tcp::endpoint endpoint_of(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  const std::size_t colon = url.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : url.substr(colon + 1);
  const bool good = url.starts_with(scheme) && colon > scheme.size() && !digits.empty() && digits.size() <= 5 &&
                    digits.find_first_not_of("0123456789") == std::string::npos &&
                    std::stoul(digits) <= std::numeric_limits<std::uint16_t>::max();
  if (!good) throw HttpError(url, "is no address of the form http://ADDRESS:PORT");
  std::string host = url.substr(scheme.size(), colon - scheme.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  beast::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) throw HttpError(url, "\"" + host + "\" is no numeric address");
  return {address, static_cast<std::uint16_t>(std::stoul(digits))};
}

/// Connects, writes, reads, each step beginning the next; the first error ends it.
class Exchange {
 public:
  Exchange(const std::string& url, const HttpRequest& request) : stream_(io_) {
    parser_.body_limit(max_answer_bytes);
    request_.version(11);
    request_.method_string(request.method);
    request_.target(request.target);
    request_.set(http::field::host, url.substr(url.find("//") + 2));
    if (!request.authorization.empty()) request_.set(http::field::authorization, request.authorization);
    request_.keep_alive(false);
    request_.prepare_payload();
  }

  /// The error that ended it; none when the answer is there.
  beast::error_code run(const tcp::endpoint& endpoint, std::uint32_t timeout_ms) {
    stream_.expires_after(std::chrono::milliseconds(timeout_ms));
    stream_.async_connect(endpoint, [this](beast::error_code error) {
      if ((error_ = error)) return;
      http::async_write(stream_, request_, [this](beast::error_code write_error, std::size_t) {
        if ((error_ = write_error)) return;
        http::async_read(stream_, buffer_, parser_, [this](beast::error_code read_error, std::size_t) { error_ = read_error; });
      });
    });
    io_.run();
    return error_;
  }
  HttpResponse answer() {
    auto& message = parser_.get();
    return {message.result_int(), std::move(message.body()), std::string(message[http::field::content_type])};
  }

 private:
  asio::io_context io_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::error_code error_;
};

}  // namespace

HttpResponse http_ask(const std::string& url, const HttpRequest& request, std::uint32_t timeout_ms) {
  const tcp::endpoint endpoint = endpoint_of(url);
  Exchange exchange(url, request);
  if (const auto error = exchange.run(endpoint, timeout_ms)) throw HttpError(url, "does not answer (" + error.message() + ")");
  return exchange.answer();
}

}  // namespace colony
