package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts of the tree hold on every machine, and what they point at is there. */
final class TestText {

  private static final String[] TEXTS = {
    ".java",
    ".torchscript",
    ".xml",
    ".yaml",
    ".yml",
    ".md",
    ".sh",
    ".py",
    ".properties",
    ".config",
    ".txt",
    "rankwise",
    "run",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    "NOTICE"
  };

  // A folder of one machine: a user's home, or where somebody happens to keep the checkout.
  private static final Pattern MACHINE_PATH =
      Pattern.compile("(?<![\\w./:*-])/(?:home|root|Users|work|mnt)/[\\w.-]+");
  private static final Pattern REGISTRY =
      Pattern.compile(
          "repo1?\\.maven\\.|maven\\.org/maven2|pypi\\.|pythonhosted|registry\\.npm|jitpack\\.io"
              + "|index-url|<repository>|<pluginRepository>|artifactory|wrapperUrl|distributionUrl");
  private static final Pattern PROMISE = Pattern.compile("\\b(?:TO" + "DO|FIX" + "ME|X" + "XX)\\b");
  private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.+?) *$", Pattern.MULTILINE);

  private final SourceTree tree = SourceTree.ofCheckout();

  @Test
  void noTextNamesAFolderOfOneMachine() {
    assertThat(found(MACHINE_PATH)).isEmpty();
  }

  @Test
  void noTextNamesARegistry() {
    assertThat(found(REGISTRY)).isEmpty();
  }

  @Test
  void noTextPromisesLaterWork() {
    assertThat(found(PROMISE)).isEmpty();
  }

  @Test
  void linesEndAsTheEditorSettingsSay() {
    List<String> wrong = new ArrayList<>();
    for (Path file : tree.files(TEXTS)) {
      String text = SourceTree.text(file);
      if (text.contains("\r") || text.contains(" \n") || !text.endsWith("\n")) {
        wrong.add(tree.name(file));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"java", "scala", "sql"})
  void readmeShowsTheCodeOfTheDocument(String language) {
    Pattern block = Pattern.compile("```" + language + "\n.+?```", Pattern.DOTALL);
    Matcher shown = block.matcher(SourceTree.text(Path.of("..", "README.md")));
    Matcher documented = block.matcher(SourceTree.text(Path.of("..", "docs", "spark-ml.md")));
    assertThat(shown.find() && documented.find()).isTrue();
    assertThat(shown.group()).isEqualTo(documented.group());
  }

  @Test
  void linksOfTheDocumentsResolve() {
    List<String> broken = new ArrayList<>();
    for (Path document : tree.files(".md")) {
      Matcher link = LINK.matcher(SourceTree.text(document));
      while (link.find()) {
        if (!resolves(document, link.group(1))) {
          broken.add(tree.name(document) + ": " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void continuousIntegrationRunsTheCommandsOfTheReadme() {
    Path readme = tree.root().resolve("README.md");
    assertThat(readme).exists();
    assertThat(SourceTree.text(readme)).contains("./rankwise quickstart", "mvn -B verify");
    assertThat(SourceTree.text(tree.root().resolve(".ci/run")))
        .contains("./rankwise quickstart", "mvn -B verify");
  }

  private static boolean resolves(Path document, String target) {
    if (target.startsWith("https://")) {
      return true;
    }
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? document : document.resolveSibling(path);
    if (!Files.exists(file)) {
      return false;
    }
    return hash < 0 || anchors(file).contains(target.substring(hash + 1));
  }

  // The anchor of a heading: its words in lower case, joined by hyphens, without punctuation.
  private static Set<String> anchors(Path document) {
    Set<String> anchors = new TreeSet<>();
    Matcher heading = HEADING.matcher(SourceTree.text(document));
    while (heading.find()) {
      String words = heading.group(1).toLowerCase(Locale.ROOT);
      anchors.add(words.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
    }
    return anchors;
  }

  private List<String> found(Pattern pattern) {
    List<String> places = new ArrayList<>();
    for (Path file : tree.files(TEXTS)) {
      if (file.endsWith("TestText.java")) {
        continue;
      }
      int number = 0;
      for (String line : SourceTree.lines(file)) {
        number++;
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          places.add(tree.name(file) + ":" + number + ": " + matcher.group());
        }
      }
    }
    return places;
  }
}
