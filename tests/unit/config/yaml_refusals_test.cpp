#include "eventbus/config/yaml_document.hpp"

#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace eventbus {
namespace {

using namespace std::string_literals;

struct Refused {
    std::string text;
    std::string problems;
};

TEST(YamlDocument, RefusesWhatIsAmbiguousOrBrokenAndSaysWhere) {
    const Refused cases[] = {
        {"a: 1\nb: 2\na: 3\n", "f:3:1: /a: duplicate key \"a\", first used in line 1\n"},
        {"x:\n  - {k: 1, \"k\": 2}\n",
         "f:2:12: /x/0/k: duplicate key \"k\", first used in line 2\n"},
        {"a: &x 1\nb: *x\n",
         "f:1:4: /a: anchors (&x) are not supported\n"
         "f:2:4: /b: aliases (*name) are not supported; write the value out\n"},
        {"- &a [*a]\n",
         "f:1:3: /0: anchors (&a) are not supported\n"
         "f:1:7: /0/0: aliases (*name) are not supported; write the value out\n"},
        {"a:\n  <<: {b: 1}\n",
         "f:2:3: /a: merge keys (<<) are not supported; write the members out\n"},
        {"a: !!str 5\n", "f:1:4: /a: tags (tag:yaml.org,2002:str) are not supported\n"},
        {"a: 1\n---\nb: 2\n",
         "f:2:1: expected one document in the file, found another after \"---\"\n"},
        {"a:\n\tb: 1\n", "f:2:1: a tab in the indentation; YAML is indented with spaces\n"},
        {"a:\n  b: 1\n\tc: 2\n",
         "f:3:1: /a/b: a tab in the indentation; YAML is indented with spaces\n"},
        {"? [a]\n: b\n",
         "f:1:3: expected a text as key, found a list or an object; is a bracket not closed?\n"},
        {": x\n", "f:1:1: expected a key, found nothing\n"},
        {"a: b: c\n", "f:1:5: malformed YAML: illegal map value\n"},
        {"a: [1, 2\n", "f:2:1: /a/2: malformed YAML: end of sequence flow not found\n"},
        {"a: \"half\n", "f:1:4: /a: malformed YAML: the quote is not closed\n"},
        {"a: 'it''s half\n", "f:1:4: /a: malformed YAML: the quote is not closed\n"},
        {"\xff\xfe"s + "a\0:\0"s, "f:1:1: expected UTF-8, found UTF-16; save the file as UTF-8\n"},
        {"\xfe\xff\0a"s, "f:1:1: expected UTF-8, found UTF-16; save the file as UTF-8\n"},
        {"a\0:\0"s, "f:1:1: expected UTF-8, found UTF-16; save the file as UTF-8\n"},
        {"a: x\nb: \0\n"s, "f:2:4: expected text, found a NUL byte\n"},
        {"a: x\nb: caf\xe9\n",
         "f:2:7: expected UTF-8, found the byte 0xe9; save the file as UTF-8\n"},
    };
    for (const auto& [text, problems] : cases) {
        const auto document = YamlDocument::parse("f", text);
        ASSERT_FALSE(document) << text;
        EXPECT_EQ(document.error().to_string(), problems) << text;
    }
}

TEST(YamlDocument, RefusesBrokenJsonAndSaysWhere) {
    const Refused cases[] = {
        {"", "f:1:1: malformed JSON: the document is empty\n"},
        {"{\n  \"a\": 1,\n  \"b\": oops\n}", "f:3:8: malformed JSON: invalid literal\n"},
        {"{\"a\": [1, 2", "f:1:12: malformed JSON: unexpected end of input; expected ']'\n"},
        {"{\"a\": 1,\n\"a\": 2}", "f:2:1: /a: duplicate key \"a\", first used in line 1\n"},
        {"a: 1\n", "f:1:1: malformed JSON: invalid literal\n"},
        {"{} {}", "f:1:4: malformed JSON: unexpected '{'; expected end of input\n"},
    };
    for (const auto& [text, problems] : cases) {
        const auto document = YamlDocument::parse("f", text, DocumentSyntax::json);
        ASSERT_FALSE(document) << text;
        EXPECT_EQ(document.error().to_string(), problems) << text;
    }
}

TEST(YamlDocument, BoundsDepthAndSize) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    for (const auto syntax : {DocumentSyntax::yaml, DocumentSyntax::json}) {
        EXPECT_TRUE(YamlDocument::parse("f", nested(kDocumentDepthMax), syntax));
        const auto deep = YamlDocument::parse("f", nested(kDocumentDepthMax + 1), syntax);
        ASSERT_FALSE(deep);
        EXPECT_NE(deep.error().to_string().find("nested deeper than 64 levels"), std::string::npos);
        EXPECT_FALSE(YamlDocument::parse("f", std::string(100'000, '['), syntax));

        std::string wide = "[0";
        for (std::size_t i = 2; i < kDocumentNodesMax; ++i) {
            wide += ",0";
        }
        EXPECT_TRUE(YamlDocument::parse("f", wide + "]", syntax));
        const auto wider = YamlDocument::parse("f", wide + ",0]", syntax);
        ASSERT_FALSE(wider);
        EXPECT_NE(
            wider.error().to_string().find("more than 100000 values in one file"),
            std::string::npos);
    }
}

TEST(YamlDocument, DoesNotExpandAnAliasBomb) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 20; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " +
                before + "]\n";
    }
    EXPECT_FALSE(YamlDocument::parse("f", bomb));
}

TEST(YamlDocument, SaysWhyAFileCannotBeUsed) {
    const test::TempDir folder;
    const auto refusal = [](const std::filesystem::path& file) {
        const auto document = YamlDocument::load(file);
        return document ? "" : document.error().to_string();
    };
    const auto missing = folder / "missing.yaml";
    EXPECT_EQ(refusal(missing), missing.string() + ": cannot be read: No such file or directory\n");

    EXPECT_EQ(
        refusal(folder.path()),
        folder.path().string() + ": expected a file, found a folder\n");

    const auto fifo = folder / "fifo.yaml";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(refusal(fifo), fifo.string() + ": expected a file, found a device or a pipe\n");

    const auto open_to_all = folder.write("open.yaml", "a: 1\n");
    ASSERT_EQ(::chmod(open_to_all.c_str(), 0666), 0);
    EXPECT_EQ(
        refusal(open_to_all),
        open_to_all.string() + ": everybody may write to it; chmod o-w makes it safe to use\n");

    const auto large = folder.write("large.yaml", std::string(kDocumentBytesMax + 1, '#'));
    EXPECT_EQ(refusal(large), large.string() + ": is larger than 16777216 bytes\n");

    const auto unreadable = folder.write("unreadable.yaml", "a: 1\n");
    ASSERT_EQ(::chmod(unreadable.c_str(), 0), 0);
    if (::geteuid() != 0) {
        EXPECT_EQ(
            refusal(unreadable),
            unreadable.string() + ": cannot be read: Permission denied\n");
    }
}

TEST(YamlDocument, LoadsJsonByItsExtension) {
    const test::TempDir folder;
    EXPECT_TRUE(YamlDocument::load(folder.write("a.json", "{\"a\": \"\\ud83d\\ude00\"}")));
    EXPECT_FALSE(YamlDocument::load(folder.write("b.json", "a: 1\n")));
    EXPECT_TRUE(YamlDocument::load(folder.write("b.yaml", "a: 1\n")));
}

}  // namespace
}  // namespace eventbus
