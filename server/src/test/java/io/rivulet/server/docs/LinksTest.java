package io.rivulet.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between the pages of this repository lead somewhere. */
class LinksTest {
  private static final Path ROOT = Path.of("..");

  /** Not to other sites. */
  private static final Pattern LINK = Pattern.compile("\\]\\((?![a-z]+:)([^)\\s]+)\\)");

  private static final Pattern HEADING = Pattern.compile("^#+ +(.+)$", Pattern.MULTILINE);

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    assertThat(pages).hasSizeGreaterThan(20);
    return pages;
  }

  @Test
  void everyLinkLeadsToAFileAndAHeadingThatThereIs() throws IOException {
    List<String> dead = new ArrayList<>();
    int found = 0;
    for (Path page : pages()) {
      Matcher links = LINK.matcher(Files.readString(page));
      while (links.find()) {
        found++;
        if (!leadsSomewhere(page, links.group(1))) {
          dead.add(ROOT.relativize(page) + ": " + links.group(1));
        }
      }
    }
    assertThat(found).isGreaterThan(100);
    assertThat(dead).isEmpty();
  }

  @Test
  void aDeadLinkIsSeen() throws IOException {
    Path page = ROOT.resolve("README.md");
    assertThat(leadsSomewhere(page, "docs/operations/README.md#alerts")).isTrue();
    assertThat(leadsSomewhere(page, "docs/operations/README.md#no-such-heading")).isFalse();
    assertThat(leadsSomewhere(page, "docs/no-such-page.md")).isFalse();
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path file = path.isEmpty() ? page : page.resolveSibling(path);
    if (!Files.exists(file)) {
      return false;
    }
    return hash < 0
        || HEADING
            .matcher(Files.readString(file))
            .results()
            .map(each -> anchor(each.group(1)))
            .anyMatch(link.substring(hash + 1)::equals);
  }

  /** As GitHub makes it of a heading. */
  private static String anchor(String heading) {
    return heading
        .strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }
}
