package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernel texts, files, keys and hashes are the same bytes in every locale. A rule for every text,
 * because no rule can see which of them a machine reads.
 */
final class TestNumberFormats {

  @Test
  void noNumberIsWrittenInTheDigitsOfTheComputersLocale() {
    SourceTree tree = SourceTree.ofCheckout();
    List<Path> sources =
        tree.files(".java").stream()
            .filter(file -> tree.name(file).contains("src/main/java"))
            .toList();
    assertThat(sources).isNotEmpty();
    assertThat(NumberFormats.withoutLocale(sources))
        .as("texts with %%d or its like and no locale: use %%s or Locale.ROOT")
        .isEmpty();
  }

  @Test
  void everyWayOfWritingThatIsFound(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("Digits.java");
    Files.writeString(
        file,
        """
        import java.util.Locale;

        final class Digits {
          String direct(int i) {
            return "p[%d]".formatted(i);
          }

          String joined(int i) {
            return ("of %s, " + "%,.1f %%").formatted("a", 0.5);
          }

          String byString(int i) {
            return String.format("%s", i);
          }

          void printed(int i) {
            System.out.printf("%05x", i);
          }

          String sound(int i) {
            return String.format(Locale.ROOT, "%d", i) + "%s, 5 %%d".formatted(i) + "%d";
          }
        }
        """);
    assertThat(NumberFormats.withoutLocale(List.of(file)))
        .containsExactly("Digits.java:5", "Digits.java:9", "Digits.java:13", "Digits.java:17");
  }
}
