package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing in the tree grows beyond what one can take in at a sitting. */
final class TestSourceSize {

  private static final int LONGEST_FILE = 500;
  private static final int LONGEST_METHOD = 60;
  private static final int LONGEST_KERNEL = 60;
  private static final int MOST_TYPES = 25;

  private final SourceTree tree = SourceTree.ofCheckout();

  @Test
  void noFileIsLongerThanFiveHundredLines() {
    List<String> tooLong = new ArrayList<>();
    for (Path file : tree.files(".java", ".torchscript", ".sh", ".yaml")) {
      int lines = SourceTree.lines(file).size();
      if (lines > LONGEST_FILE) {
        tooLong.add(tree.name(file) + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void noMethodIsLongerThanSixtyLines() {
    assertThat(tooLongMethods(tree)).isEmpty();
  }

  @Test
  void noKernelIsLongerThanSixtyLines() {
    List<String> tooLong = new ArrayList<>();
    for (Path file : tree.files(".torchscript")) {
      int lines = SourceTree.lines(file).size();
      if (lines > LONGEST_KERNEL) {
        tooLong.add(tree.name(file) + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void noPackageHasMoreThanTwentyFiveTypes() {
    Map<String, Integer> types = new TreeMap<>();
    for (Path file : tree.files(".java")) {
      if (tree.name(file).contains("src/main/java") && !file.endsWith("package-info.java")) {
        types.merge(tree.name(file.getParent()), 1, Integer::sum);
      }
    }
    assertThat(types)
        .isNotEmpty()
        .allSatisfy((name, count) -> assertThat(count).isLessThanOrEqualTo(MOST_TYPES));
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    List<String> silent = new ArrayList<>();
    for (Path file : tree.files(".java")) {
      Path description = file.resolveSibling("package-info.java");
      boolean main = tree.name(file).contains("src/main/java");
      if (main && !Files.exists(description) && !silent.contains(tree.name(file.getParent()))) {
        silent.add(tree.name(file.getParent()));
      }
    }
    assertThat(silent).isEmpty();
  }

  @Test
  void aLongMethodIsFound(@TempDir Path folder) throws IOException {
    String body = "    int a = 1;\n".repeat(LONGEST_METHOD);
    Files.writeString(
        folder.resolve("Long.java"),
        "final class Long {\n  void brief() {}\n\n  @Deprecated\n  void tooLong() {\n"
            + body
            + "  }\n}\n");
    assertThat(tooLongMethods(SourceTree.at(folder)))
        .singleElement()
        .asString()
        .endsWith("Long.tooLong: 63 lines");
  }

  private static List<String> tooLongMethods(SourceTree tree) {
    List<String> tooLong = new ArrayList<>();
    for (MethodLengths.Method method : MethodLengths.of(tree.files(".java"))) {
      if (method.lines() > LONGEST_METHOD) {
        tooLong.add(
            method.file()
                + " "
                + method.type()
                + "."
                + method.name()
                + ": "
                + method.lines()
                + " lines");
      }
    }
    return tooLong;
  }
}
