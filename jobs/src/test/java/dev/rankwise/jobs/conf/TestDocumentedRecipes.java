package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents show of recipes is read as they stand there. */
final class TestDocumentedRecipes {
  private static final Path DOCS = Path.of("..", "docs");
  private static final String INDENT = "    ";
  private static final Pattern SECTION =
      Pattern.compile("(base|data|adapter|train|evaluate|output|nightly|tracking):.*");

  @Test
  void eachPieceOfARecipeIsRead() throws IOException {
    List<String> pieces = new ArrayList<>();
    try (Stream<Path> files = Files.list(DOCS)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".md")).sorted().toList()) {
        pieces.addAll(pieces(Files.readAllLines(file)));
      }
    }

    assertThat(pieces).hasSizeGreaterThan(5);
    assertThat(pieces)
        .allSatisfy(
            piece -> assertThat(Recipe.parse(whole(piece), "a piece", List.of())).isNotNull());
  }

  /** Indented blocks that begin with a section of the recipe, without their indent. */
  private static List<String> pieces(List<String> lines) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    for (String line : Stream.concat(lines.stream(), Stream.of("")).toList()) {
      if (line.startsWith(INDENT)) {
        piece.append(line.substring(INDENT.length())).append('\n');
      } else {
        if (SECTION.matcher(piece.toString().lines().findFirst().orElse("")).matches()) {
          pieces.add(piece.toString());
        }
        piece.setLength(0);
      }
    }
    return pieces;
  }

  /** With the two keys that a recipe cannot do without. */
  private static String whole(String piece) {
    StringBuilder whole = new StringBuilder(piece);
    if (!piece.contains("base:")) {
      whole.append("base:\n  model: minilm\n");
    }
    if (!piece.contains("data:")) {
      whole.append("data:\n  source: wordnet\n");
    }
    return whole.toString();
  }
}
