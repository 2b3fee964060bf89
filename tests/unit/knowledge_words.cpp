// models/knowledge/words, word_table, stop_words: what is a word, what is not, and how often each comes.
#include "models/knowledge/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/error.hpp"
#include "models/knowledge/stop_words.hpp"
#include "models/text_file.hpp"
#include "tests/support/graphs.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Words plain(std::size_t shortest = 3) { return Words({.stop_words = {}, .stemming = false, .shortest = shortest}); }

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  while (times-- > 0) text += part;
  return text;
}

TEST(Words, RunsOfLettersAndDigitsInLowerCaseInTheirOrder) {
  EXPECT_THAT(plain().split("Zebra-crossing, 1976: (ANTS)\n\tB12 x ab abc"),
              ElementsAre("zebra", "crossing", "1976", "ants", "b12", "abc"));
  EXPECT_THAT(plain().split(""), IsEmpty());
  EXPECT_THAT(plain().split(" \n--- .,;"), IsEmpty());
  EXPECT_THAT(plain(1).split("don't snake_case"), ElementsAre("don", "t", "snake", "case"));
}

TEST(Words, LettersOfAnyScript) {
  EXPECT_THAT(plain().split("ÜBER Straße МУРАВЕЙ μυρμήγκι “quoted”—dash 日本語 ٣٤٥"),
              ElementsAre("über", "straße", "муравей", "μυρμήγκι", "quoted", "dash", "日本語", "٣٤٥"));
  EXPECT_THAT(plain().split("éé ééé"), ElementsAre("ééé")) << "letters count, not bytes";
  EXPECT_THAT(plain(1).split("a²b x€y Ⅷ"), ElementsAre("a", "b", "x", "y")) << "neither powers, nor money, nor Roman signs";
}

TEST(Words, MarksBelongToTheirLetterAndMakeOneSignWithIt) {
  EXPECT_EQ(plain().split("nai\u0308ve"), plain().split("na\u00efve"));
  EXPECT_EQ(plain().split("CAFE\u0301"), std::vector<std::string>{"caf\u00e9"});
  EXPECT_THAT(plain().split("हिन्दी"), ElementsAre("हिन्दी"));
  EXPECT_THAT(plain().split("xe\u0301\u0301\u0301"), IsEmpty()) << "marks are no letters: this has two";
  EXPECT_THAT(plain().split("\u0301abc abc"), ElementsAre("abc", "abc")) << "a mark without a letter separates";
  EXPECT_EQ(plain(1).split("\u1112\u1161\u11ab"), plain(1).split("\ud55c")) << "the letters of a Korean syllable are that syllable";
}

TEST(Words, WhatIsNotUtf8SeparatesAndIsCounted) {
  TextFaults faults;
  EXPECT_THAT(plain().split("caf\xe9 one\xfftwo \xc0\xaf six\xe2\x82", &faults), ElementsAre("caf", "one", "two", "six"));
  EXPECT_EQ(faults, (TextFaults{.invalid_bytes = 6, .cut_words = 0}));
  plain().count("\xed\xa0\x80", &faults);  // half of a surrogate pair
  EXPECT_EQ(faults.invalid_bytes, 9u) << "a second text adds to the first";
  EXPECT_EQ(invalid_utf8_bytes("eight and eight \xff, \xc3\xa9, \xc3"), 2u);
  EXPECT_THAT(plain().split(std::string_view("abc\0def", 7)), ElementsAre("abc", "def"));
}

TEST(Words, ALongRunIsCutBetweenSigns) {
  TextFaults faults;
  EXPECT_THAT(plain().split(std::string(1 << 20, 'x') + " end", &faults), ElementsAre(std::string(64, 'x'), "end"));
  EXPECT_THAT(plain().split(std::string(63, 'x') + "éyyy", &faults), ElementsAre(std::string(63, 'x'))) << "y must not close up";
  EXPECT_THAT(plain().split(repeated("語", 1000), &faults), ElementsAre(repeated("語", 21)));
  EXPECT_THAT(plain().split("abc" + repeated("\u0301", 1000), &faults).at(0).size(), ::testing::Le(64u));
  EXPECT_EQ(faults, (TextFaults{.invalid_bytes = 0, .cut_words = 4}));
  EXPECT_THAT(plain().split(std::string(64, 'x'), &faults), ElementsAre(std::string(64, 'x')));
  EXPECT_EQ(faults.cut_words, 4u) << "64 bytes are not too long";
}

TEST(Words, TheSameWhereverInTheTextTheyStand) {
  // The scanner takes 32 bytes at a time: each length of a word, and what ends it, at each place of such a block.
  for (std::size_t length = 1; length <= 70; ++length) {
    for (std::size_t before = 0; before <= 33; ++before) {
      const std::string word = std::string(std::min<std::size_t>(length, 64), 'x'), lead(before, '.');
      const std::string run(length, 'X');
      ASSERT_THAT(plain(1).split(lead + run), ElementsAre(word)) << before;
      ASSERT_THAT(plain(1).split(lead + run + ", y"), ElementsAre(word, "y")) << before;
      ASSERT_THAT(plain(1).split(lead + run + "—y"), ElementsAre(word, "y")) << before;
      ASSERT_THAT(plain(1).split(lead + run + "\xffy"), ElementsAre(word, "y")) << before;
      if (length > 60) continue;
      ASSERT_THAT(plain(1).split(lead + run + "Éy z"), ElementsAre(word + "éy", "z")) << before;
      ASSERT_THAT(plain(1).split(lead + "É" + run + "\n"), ElementsAre("é" + word)) << before;
    }
  }
}

TEST(Words, EveryAsciiSignIsALetterADigitOrSeparates) {
  for (int sign = 0; sign < 0x80; ++sign) {
    const auto c = static_cast<char>(sign);
    const bool capital = c >= 'A' && c <= 'Z';
    const bool part = capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const std::string inside = std::string("x") + c + "y", lower = capital ? std::string(1, static_cast<char>(c + 32)) : std::string(1, c);
    const std::vector<std::string> expected = part ? std::vector<std::string>{"x" + lower + "y"} : std::vector<std::string>{"x", "y"};
    EXPECT_EQ(plain(1).split(inside), expected) << sign;
  }
}

TEST(Words, StemsPluralsByThreeRules) {
  const Words words({.stop_words = {}, .stemming = true, .shortest = 3});
  const std::map<std::string, std::string> stems = {
      {"ponies", "pony"},      {"queries", "query"},  {"eies", "eie"},    {"zombaies", "zombaie"}, {"houses", "house"},
      {"indexes", "indexe"},   {"aliases", "aliase"}, {"shoes", "shoe"},  {"trees", "tree"},       {"reggaes", "reggae"},
      {"ants", "ant"},         {"virus", "virus"},    {"class", "class"}, {"classes", "classe"},   {"cafés", "café"},
      {"муравейs", "муравей"}, {"ant", "ant"},        {"gas", "gas"},     {"dies", "dies"},        {"skies", "sky"},
  };
  for (const auto& [word, stem] : stems) EXPECT_THAT(words.split(word), ElementsAre(stem)) << word;
}

TEST(Words, StopWordsGoBeforeStemming) {
  const Words words({.stop_words = {"The", "others", "don't", "über"}, .stemming = true, .shortest = 1});
  EXPECT_THAT(words.split("THE other others don't ÜBER thes it"), ElementsAre("other", "the", "it"));
  EXPECT_THAT(Words(WordOptions{}).split("It doesn't matter what the ants have been doing."), ElementsAre("matter", "ant"));
}

TEST(Words, CountsEachWordOnceInBytewiseOrder) {
  EXPECT_THAT(plain(1).count("b a c a é B aa"),
              ElementsAre(WordCount{"a", 2}, WordCount{"aa", 1}, WordCount{"b", 2}, WordCount{"c", 1}, WordCount{"é", 1}));
  EXPECT_THAT(plain().count("the thesaurus thesauruses thesaurus"),
              ElementsAre(WordCount{"the", 1}, WordCount{"thesaurus", 2}, WordCount{"thesauruses", 1}));
  EXPECT_THAT(plain().count("."), IsEmpty());
}

TEST(Words, CountsWhatSplitGivesAlsoWhenTheTableGrows) {
  std::string text;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t drawn = i * 0x9e3779b97f4a7c15u >> 40;
    text.append("w").append(std::to_string(drawn % (i + 1))).append(drawn % 3 == 0 ? "tail of a longer word " : " ");
  }
  std::map<std::string, std::uint32_t> expected;
  for (const std::string& word : plain().split(text)) ++expected[word];
  const std::vector<WordCount> counts = plain().count(text);
  ASSERT_EQ(counts.size(), expected.size());
  EXPECT_GT(counts.size(), 5'000u);
  auto at = expected.begin();
  for (const WordCount& entry : counts) {
    EXPECT_EQ(entry, (WordCount{at->first, at->second}));
    ++at;
  }
}

TEST(Words, OrderIsBytewiseAtEveryLength) {
  std::vector<std::string> expected;
  for (std::size_t length = 1; length <= 40; ++length) {
    for (const char last : {'a', 'b'}) expected.push_back(std::string(length - 1, 'a') + last);
  }
  std::string text;
  for (const std::string& word : expected) text = word + " " + text + " " + word;
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> words;
  for (const WordCount& entry : plain(1).count(text)) {
    words.push_back(entry.word);
    EXPECT_EQ(entry.count, 2u) << entry.word;
  }
  EXPECT_EQ(words, expected);
}

TEST(Words, MostFrequentBreaksTiesByWord) {
  const std::vector<WordCount> words = {{"e", 1}, {"d", 2}, {"c", 3}, {"b", 2}, {"a", 2}};
  EXPECT_THAT(most_frequent(words, 3), ElementsAre(WordCount{"a", 2}, WordCount{"b", 2}, WordCount{"c", 3}));
  EXPECT_THAT(most_frequent(words, 1), ElementsAre(WordCount{"c", 3}));
  EXPECT_THAT(most_frequent(words, 0), IsEmpty());
  EXPECT_EQ(most_frequent(words, 9).size(), 5u);
  EXPECT_EQ(most_frequent(words, 9).front().word, "a");
}

TEST(Words, CountsAHundredMegabytes) {
  const std::string text = repeated("The colony grows where the ants walk, and decays where none does.\n", (100u << 20) / 66);
  const std::vector<WordCount> counts = Words(WordOptions{}).count(text);
  EXPECT_THAT(counts, ElementsAre(WordCount{"ant", 1588751}, WordCount{"colony", 1588751}, WordCount{"decay", 1588751},
                                  WordCount{"grow", 1588751}, WordCount{"walk", 1588751}));
}

TEST(StopWords, TheEnglishOnesAscendAndAreWordsThemselves) {
  const std::vector<std::string> words = english_stop_words();
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
  EXPECT_GE(words.size(), 150u);
  for (const std::string& word : words) EXPECT_THAT(plain(1).split(word), ElementsAre(word));
}

TEST(StopWords, AUsersList) {
  EXPECT_THAT(parse_stop_words("# mine\nder\r\n\n  Die # article\ncan't\ndas", "s.txt"), ElementsAre("der", "Die", "can't", "das"));
  EXPECT_THAT(parse_stop_words("", "s.txt"), IsEmpty()) << "no stop words is a choice";
  try {
    parse_stop_words("der\nd\xefs\n", "s.txt");
    FAIL() << "Latin-1 was accepted";
  } catch (const DataError& error) {
    EXPECT_EQ(error.where, "s.txt:2");
  }
  EXPECT_THROW(read_stop_words("no/such/list.txt"), DataError);
}

TEST(Words, OfTheDigestersCorpus) {
  COLONY_NEEDS_DATA(path, "text/phago-corpus/cell_biology_01.txt");
  const std::vector<WordCount> counts = Words(WordOptions{}).count(read_text_file(path));
  const std::vector<WordCount> most = most_frequent(counts, 12);
  std::vector<std::string> words;
  for (const WordCount& entry : most) words.push_back(entry.word);
  EXPECT_THAT(words, ::testing::IsSupersetOf({"membrane", "cell", "phospholipid"}));
}

}  // namespace
}  // namespace colony
