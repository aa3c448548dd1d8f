package io.rivulet.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The rules in docs/operations/alerts.yaml, a page for each, and the metrics that they are about.
 */
class AlertsTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Path OPERATIONS = DOCS.resolve("operations");

  /** Pages that are not about an alert. */
  private static final Set<String> OTHER_PAGES = Set.of("README.md", "scaling.md");

  private static final List<String> HEADINGS =
      List.of(
          "What it means",
          "What users notice",
          "What to look at",
          "What to do",
          "What not to do",
          "How it ends");

  private static final Set<String> WORDS_OF_EXPRESSIONS =
      Set.of("and", "or", "unless", "by", "without", "on", "ignoring", "bool", "offset");

  private static final Pattern WORD = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(?!\\w)(\\s*\\()?");
  private static final Pattern METRIC_ROW =
      Pattern.compile("^\\| `(rivulet_[a-z_]+)`[^\\n]*", Pattern.MULTILINE);
  private static final Pattern OF_THE_PROCESS = Pattern.compile("`([a-z]+_[a-z_]+)(\\*?)`");
  private static final Pattern INDEX_ROW =
      Pattern.compile(
          "^\\| \\[(Rivulet\\w+)\\]\\(([a-z-]+\\.md)\\) \\| (\\w+) \\|", Pattern.MULTILINE);
  private static final Pattern METRIC_ON_A_PAGE = Pattern.compile("rivulet_[a-z_]+");
  private static final Pattern SETTING_ON_A_PAGE =
      Pattern.compile(
          "`((?:data|grpc|http|tls|logging|log|index|engine|quota|rocketmq|cluster)\\.[a-z-]+)`");
  private static final Pattern SETTING =
      Pattern.compile("^\\*\\*`([a-z.-]+)`\\*\\*", Pattern.MULTILINE);

  /** Immutable. One rule of the file. */
  private record Rule(
      String name, String expr, String patience, String severity, String summary, String runbook) {
    static Rule of(JsonNode node) {
      JsonNode annotations = node.path("annotations");
      return new Rule(
          node.path("alert").asString(""),
          node.path("expr").asString(""),
          node.path("for").asString(""),
          node.path("labels").path("severity").asString(""),
          annotations.path("summary").asString(""),
          annotations.path("runbook").asString(""));
    }

    /** The name in words, as a file: RivuletNodeMissing is node-missing.md. */
    String page() {
      return name.replaceFirst("^Rivulet", "")
              .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
              .toLowerCase(Locale.ROOT)
          + ".md";
    }

    /** What of the expression is neither a function, a word of the language nor a label. */
    Set<String> metrics() {
      String bare =
          expr.replaceAll("\\{[^}]*}", " ")
              .replaceAll("\\[[^]]*]", " ")
              .replaceAll("\\b(by|without|on|ignoring)\\s*\\([^)]*\\)", " ");
      Set<String> metrics = new TreeSet<>();
      Matcher words = WORD.matcher(bare);
      while (words.find()) {
        boolean isFunction = words.group(1) != null;
        if (!isFunction && !WORDS_OF_EXPRESSIONS.contains(words.group())) {
          metrics.add(words.group());
        }
      }
      return metrics;
    }
  }

  private static List<Rule> rules() throws IOException {
    List<Rule> rules = new ArrayList<>();
    JsonNode file = new YAMLMapper().readTree(Files.readString(OPERATIONS.resolve("alerts.yaml")));
    for (JsonNode group : file.path("groups")) {
      assertThat(group.path("name").asString("")).isNotEmpty();
      for (JsonNode rule : group.path("rules")) {
        rules.add(Rule.of(rule));
      }
    }
    assertThat(rules).isNotEmpty().extracting(Rule::name).doesNotHaveDuplicates();
    return rules;
  }

  private static Set<String> pages() throws IOException {
    try (Stream<Path> files = Files.list(OPERATIONS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".md") && !OTHER_PAGES.contains(name))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void everyRuleSaysWhatWhoeverIsWokenNeeds() throws IOException {
    assertThat(rules())
        .allSatisfy(rule -> {
          assertThat(rule.name()).matches("Rivulet([A-Z][a-z]+)+");
          assertThat(rule.patience()).matches("[0-9]+[smhd]");
          assertThat(rule.severity()).isIn("critical", "warning", "info");
          assertThat(rule.summary()).contains("{{ $labels.");
          assertThat(rule.runbook()).isEqualTo("docs/operations/" + rule.page());
          assertThat(rule.metrics()).isNotEmpty();
        });
  }

  @Test
  void everyRuleHasItsPageAndEveryPageItsRule() throws IOException {
    assertThat(rules()).extracting(Rule::page).containsExactlyInAnyOrderElementsOf(pages());
  }

  @Test
  void everyPageNamesItsAlertAndAnswersTheSameQuestions() throws IOException {
    for (Rule rule : rules()) {
      String page = Files.readString(OPERATIONS.resolve(rule.page()));

      assertThat(page)
          .as(rule.page())
          .contains("\nAlert `%s`, %s.\n".formatted(rule.name(), rule.severity()));
      assertThat(page.lines().filter(line -> line.startsWith("## ")).map(line -> line.substring(3)))
          .as(rule.page())
          .containsExactlyElementsOf(HEADINGS);
      assertThat(page.split("\n## [^\n]*\n", -1))
          .as("nothing is left empty in %s", rule.page())
          .noneMatch(String::isBlank);
    }
  }

  @Test
  void theIndexListsEveryAlertWithItsPageAndNoOther() throws IOException {
    String index = Files.readString(OPERATIONS.resolve("README.md"));

    List<String> listed = new ArrayList<>();
    Matcher rows = INDEX_ROW.matcher(index);
    while (rows.find()) {
      listed.add(String.join(" ", rows.group(1), rows.group(2), rows.group(3)));
    }
    assertThat(listed)
        .containsExactlyElementsOf(
            rules().stream()
                .map(rule -> String.join(" ", rule.name(), rule.page(), rule.severity()))
                .toList());
  }

  @Test
  void rulesAreAboutMetricsThatThereAre() throws IOException {
    Predicate<String> isMetric = metrics();

    assertThat(rules())
        .allSatisfy(rule -> assertThat(rule.metrics()).as(rule.name()).allMatch(isMetric));
    assertThat(isMetric).rejects("rivulet_no_such_total", "node_filesystem_avail_bytes");
  }

  @Test
  void whatIsWorthAnAlertHasOne() throws IOException {
    Set<String> watched =
        rules().stream().flatMap(rule -> rule.metrics().stream()).collect(Collectors.toSet());

    Set<String> worth = new TreeSet<>();
    Matcher rows = METRIC_ROW.matcher(Files.readString(DOCS.resolve("metrics.md")));
    while (rows.find()) {
      if (rows.group().toLowerCase(Locale.ROOT).contains("worth an alert")) {
        worth.add(rows.group(1));
      }
    }
    assertThat(worth).hasSizeGreaterThan(10);
    assertThat(watched).containsAll(worth);
  }

  @Test
  void pagesNameMetricsAndSettingsThatThereAre() throws IOException {
    Set<String> metrics = documented();
    Set<String> settings = all(SETTING, Files.readString(DOCS.resolve("configuration.md")));
    Set<String> pages = pages();
    pages.addAll(OTHER_PAGES);
    for (String name : pages) {
      String page = Files.readString(OPERATIONS.resolve(name));

      // What is grepped for may be the beginning of several.
      assertThat(METRIC_ON_A_PAGE.matcher(page).results().map(each -> each.group()))
          .as(name)
          .allMatch(named -> metrics.stream().anyMatch(each -> each.startsWith(named)));
      assertThat(settings).as(name).containsAll(all(SETTING_ON_A_PAGE, page));
    }
  }

  /** Metrics in the tables of the page, and those of the process by the begin of their names. */
  private static Predicate<String> metrics() throws IOException {
    Set<String> ours = documented();
    String page = Files.readString(DOCS.resolve("metrics.md"));
    String ofTheProcess = page.substring(page.indexOf("## Of the process"));
    Set<String> begins = new TreeSet<>();
    Matcher others = OF_THE_PROCESS.matcher(ofTheProcess);
    while (others.find()) {
      if (others.group(2).isEmpty()) {
        ours.add(others.group(1));
      } else {
        begins.add(others.group(1));
      }
    }
    return name -> ours.contains(name) || begins.stream().anyMatch(name::startsWith);
  }

  private static Set<String> documented() throws IOException {
    return all(METRIC_ROW, Files.readString(DOCS.resolve("metrics.md")));
  }

  private static Set<String> all(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(each -> each.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
