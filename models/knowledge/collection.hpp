// The documents that a colony digests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace colony {

struct Document {
  std::string name;
  std::string text;
};

struct Collection {
  /// Of a folder: ascending by name, bytewise; the name is the file's, with its ending. Of a SMART file: ascending by number, so that
  /// 2 comes before 10; the name is the number as the judgements write it.
  std::vector<Document> documents;
  std::vector<std::string> notes;  ///< what a user should hear: what was left out, and why
};

/// path: a folder, of which the files directly in it are read (but for hidden ones), or a SMART file. A file that is not text is left
/// out, with a note. Memory: the texts; of a SMART file twice as much while it is read. Throws DataError: the path or a file can't be
/// read, there is no document, a SMART file is malformed (file and line) or is not text.
Collection read_collection(const std::string& path);

/// Why this is not text that can be digested ("holds NUL bytes"), or empty. A quarter of it may be invalid UTF-8: in Western texts of
/// older encodings a few per cent are; Cyrillic ones would come out shredded, and they, like images, are above.
std::string why_not_text(std::string_view bytes);

}  // namespace colony
