#include "models/knowledge/stop_words.hpp"

#include "engine/error.hpp"
#include "models/knowledge/words.hpp"
#include "models/text_file.hpp"

namespace colony {
namespace {

constexpr std::string_view english =
    "a about above across after again against ago all almost along already also although always am among an and another any anyone "
    "anything are aren around as at away be became because become becomes been before being below between both but by can cannot "
    "could couldn did didn do does doesn doing don done down during each either else enough etc even ever every everyone everything "
    "few for from further had hadn has hasn have haven having he hence her here hers herself him himself his how however i if in "
    "indeed instead into is isn it its itself just least less ll many may maybe me might mine more moreover most much must my myself "
    "neither never nevertheless no nobody none nor not nothing now of off often on once one only onto or other others otherwise ought "
    "our ours ourselves out over own per perhaps quite rather re s same several shall she should shouldn since so some somebody someone "
    "something sometimes somewhat still such t than that the their theirs them themselves then there thereby therefore these they this "
    "those though through throughout thus to together too toward towards under unless until up upon us ve very via was wasn we were "
    "weren what whatever when whenever where whereas wherever whether which while who whom whose why will with within without would "
    "wouldn yet you your yours yourself yourselves";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  return line;
}

}  // namespace

std::vector<std::string> english_stop_words() {
  std::vector<std::string> words;
  for (std::string_view rest = english; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    words.emplace_back(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return words;
}

std::vector<std::string> parse_stop_words(std::string_view text, const std::string& name) {
  std::vector<std::string> words;
  LineReader lines(text);
  while (lines.next()) {
    const std::string_view word = trimmed(lines.line().substr(0, lines.line().find('#')));
    if (invalid_utf8_bytes(word) > 0) throw DataError(name + ":" + std::to_string(lines.number()), "is not UTF-8; save the list as UTF-8");
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::vector<std::string> read_stop_words(const std::string& path) { return parse_stop_words(read_text_file(path), path); }

}  // namespace colony
