// A folder of generated documents for tests of the knowledge colony.
#pragma once

#include <cstdint>
#include <string>

namespace colony::testing {

/// Text files doc-000.txt ... in a folder of this process, removed at its end: words of few syllables, some common to all documents and
/// some to every fifth, drawn from `seed`. words: of a document; a few have none or very many.
std::string corpus_folder(std::uint32_t documents, std::uint32_t words, std::uint64_t seed);

}  // namespace colony::testing
