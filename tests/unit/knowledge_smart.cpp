// models/knowledge/smart: records, and what is wrong with them.
#include "models/knowledge/smart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/error.hpp"
#include "models/text_file.hpp"
#include "tests/support/graphs.hpp"

namespace colony {
namespace {

using ::testing::ElementsAre;

template <class Parse>
void refused(const Parse& parse, std::string_view text, const std::string& place, const std::string& message) {
  try {
    parse(text, "c.all");
    FAIL() << "was accepted: " << text;
  } catch (const DataError& error) {
    EXPECT_EQ(error.where, "c.all:" + place) << error.what();
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
  }
}

TEST(Smart, SectionsOfARecord) {
  const auto records = parse_smart(
      ".I 7\n.T \nAnts\nand graphs\n.A\nMiller, A.\n.A\nSmith, B.\n.B\n(JASIS, 1979)\n.K\nkeys\n.W\n A colony.\n\n.5 of it.\n.X\n1\t5\t7\n",
      "c.all");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].number, 7u);
  EXPECT_EQ(records[0].line, 1u);
  EXPECT_EQ(records[0].title, "Ants\nand graphs\n");
  EXPECT_EQ(records[0].author, "Miller, A.\nSmith, B.\n");
  EXPECT_EQ(records[0].body, " A colony.\n\n.5 of it.\n");
  EXPECT_EQ(records[0].text(), "Ants\nand graphs\n A colony.\n\n.5 of it.\n");
}

TEST(Smart, RecordsAscendByNumberWhereverTheyStand) {
  const auto records = parse_smart("\r\n.I 10 \r\n.W\r\nten\r\n.I 2\r\n.I 0\r\n.W\r\nlast", "c.all");
  std::vector<std::uint32_t> numbers;
  for (const SmartRecord& record : records) numbers.push_back(record.number);
  EXPECT_THAT(numbers, ElementsAre(0, 2, 10));
  EXPECT_EQ(records[0].body, "last\n");
  EXPECT_EQ(records[1].text(), "") << "a record may be empty";
  EXPECT_EQ(records[2].body, "ten\n");
}

TEST(Smart, OnlyADotAndOneCapitalOnALineOfTheirOwnBeginASection) {
  const auto records = parse_smart(".I 1\n.W\n.Is it\n.T is no title\n .W\n.w\n.12\n.\n..\n", "c.all");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].body, ".Is it\n.T is no title\n .W\n.w\n.12\n.\n..\n");
}

TEST(Smart, MistakesNameTheirLine) {
  refused(parse_smart, "", "1", "no record");
  refused(parse_smart, "\n\n", "2", "no record");
  refused(parse_smart, "\nAnts\n.I 1\n", "2", "\"Ants\" stands before the first record");
  refused(parse_smart, ".W\nAnts\n", "1", "before the first record");
  refused(parse_smart, ".I 1\n\nAnts\n", "3", "belongs to no section");
  refused(parse_smart, ".I\n", "1", "a number");
  refused(parse_smart, ".I one\n", "1", "\".I one\" must be .I and a number");
  refused(parse_smart, ".I 1x\n", "1", "a number");
  refused(parse_smart, ".I 1 2\n", "1", "a number");
  refused(parse_smart, ".I -1\n", "1", "a number");
  refused(parse_smart, ".I 4294967296\n", "1", "4294967295");
  refused(parse_smart, ".I 5\n.W\nx\n.I 6\n.I 05\n", "5", "record 5 comes a second time; the first is in line 1");
  std::string endless(1000, 'x'), beginning(40, 'x');
  refused(parse_smart, endless.append("\x1b[2J"), "1", beginning.append("...\""));
}

TEST(Smart, Cisi) {
  COLONY_NEEDS_DATA(documents_path, "text/cisi-CISI.ALL");
  const auto documents = parse_smart(read_text_file(documents_path), documents_path);
  ASSERT_EQ(documents.size(), 1460u);
  EXPECT_EQ(documents.front().title, "18 Editions of the Dewey Decimal Classifications\n");
  EXPECT_EQ(documents.front().author, "Comaromi, J.P.\n");
  EXPECT_TRUE(documents.front().body.ends_with("librarianship in this country and abroad.\n"));
  EXPECT_EQ(documents.back().number, 1460u);
  for (const SmartRecord& document : documents) EXPECT_FALSE(document.title.empty() || document.body.empty()) << document.number;

  COLONY_NEEDS_DATA(queries_path, "text/cisi-CISI.QRY");
  const auto queries = parse_smart(read_text_file(queries_path), queries_path);
  EXPECT_EQ(queries.size(), 112u);
  EXPECT_TRUE(queries.front().text().starts_with("What problems and concerns are there"));
  EXPECT_EQ(queries[57].title, "Directions in Library Networking\n");
}

TEST(Smart, Adi) {
  COLONY_NEEDS_DATA(documents_path, "text/adi-ADI.ALL");
  EXPECT_EQ(parse_smart(read_text_file(documents_path), documents_path).size(), 82u);
  COLONY_NEEDS_DATA(queries_path, "text/adi-ADI.QRY");
  EXPECT_EQ(parse_smart(read_text_file(queries_path), queries_path).size(), 35u);
}

}  // namespace
}  // namespace colony
