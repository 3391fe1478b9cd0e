package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The patches under {@code benchmarks/breakages} fit the code as it is. Whether a test sees them
 * only {@code benchmarks/breakages/run} knows, which takes a quarter of an hour.
 */
final class TestBreakages {
  private static final int LEAST = 10;
  private static final String RED = "Red: ";

  private final SourceTree tree = SourceTree.ofCheckout();

  /** A stretch of a file that a patch replaces: its lines before and after. */
  private record Hunk(Path file, List<String> before, List<String> after) {
    boolean fits() {
      return occurrences(SourceTree.lines(file)) == 1;
    }

    private int occurrences(List<String> lines) {
      int found = 0;
      for (int from = 0; from + before.size() <= lines.size(); from++) {
        found += lines.subList(from, from + before.size()).equals(before) ? 1 : 0;
      }
      return found;
    }
  }

  @Test
  void eachFitsTheCodeInOnePlace() {
    List<String> wrong = new ArrayList<>();
    for (Path patch : patches()) {
      List<Hunk> hunks = hunks(SourceTree.lines(patch));
      assertThat(hunks).as(tree.name(patch)).isNotEmpty();
      for (Hunk hunk : hunks) {
        assertThat(hunk.after()).as(tree.name(patch)).isNotEqualTo(hunk.before());
        if (!Files.exists(hunk.file()) || !hunk.fits()) {
          wrong.add(tree.name(patch) + " does not fit " + tree.name(hunk.file()));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void eachSaysWhatItBreaksAndWhichTestsSeeIt() {
    List<String> classes =
        tree.files(".java").stream()
            .map(file -> file.getFileName().toString())
            .filter(name -> name.startsWith("Test"))
            .map(name -> name.substring(0, name.length() - ".java".length()))
            .toList();
    for (Path patch : patches()) {
      List<String> lines = SourceTree.lines(patch);
      assertThat(lines.get(0)).as(tree.name(patch)).matches("[A-Z].*\\.");
      assertThat(lines.get(1)).as(tree.name(patch)).startsWith(RED);
      for (String test : lines.get(1).substring(RED.length()).split(" ")) {
        assertThat(classes)
            .as(tree.name(patch))
            .contains(test.substring(test.lastIndexOf('.') + 1));
      }
    }
  }

  @Test
  void hunkThatFitsNowhereOrTwiceIsFound() {
    Path file = tree.root().resolve(".ci/run");
    List<String> lines = SourceTree.lines(file);

    assertThat(new Hunk(file, lines.subList(3, 6), List.of()).fits()).isTrue();
    assertThat(new Hunk(file, List.of("no such line"), List.of()).fits()).isFalse();
    assertThat(new Hunk(file, List.of(""), List.of()).fits()).isFalse();
  }

  private List<Path> patches() {
    List<Path> patches = tree.files(".patch");
    assertThat(patches).hasSizeGreaterThanOrEqualTo(LEAST);
    return patches;
  }

  private List<Hunk> hunks(List<String> patch) {
    List<Hunk> hunks = new ArrayList<>();
    Path file = null;
    for (String line : patch) {
      if (line.startsWith("+++ b/")) {
        file = tree.root().resolve(line.substring("+++ b/".length()));
      } else if (line.startsWith("@@")) {
        hunks.add(new Hunk(file, new ArrayList<>(), new ArrayList<>()));
      } else if (!hunks.isEmpty() && !line.startsWith("--- a/")) {
        add(line, hunks.get(hunks.size() - 1));
      }
    }
    return hunks;
  }

  private static void add(String line, Hunk hunk) {
    String text = line.isEmpty() ? "" : line.substring(1);
    if (!line.startsWith("+")) {
      hunk.before().add(text);
    }
    if (!line.startsWith("-")) {
      hunk.after().add(text);
    }
  }
}
