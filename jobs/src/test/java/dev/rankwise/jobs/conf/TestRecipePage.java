package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The documented keys are those of the code. */
final class TestRecipePage {
  private static final String WRITE = "rankwise.write-documents";
  private static final Path PAGE = Path.of("..", "docs", "recipe.md");

  @Test
  void thePageIsWhatTheTableOfKeysSays() throws IOException {
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(PAGE, RecipePage.text());
    }
    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("docs/recipe.md; write it with mvn -pl jobs -am test -Dtest=TestRecipePage -D%s", WRITE)
        .isEqualTo(RecipePage.text());
  }

  @Test
  void everyKeyHasAMeaningAndSaysWhatHoldsWithoutIt() {
    assertThat(RecipeKeys.all())
        .allSatisfy(
            key -> {
              assertThat(key.meaning()).isNotBlank().doesNotEndWith(".");
              assertThat(key.type().rule()).startsWith("must be ");
              assertThat(key.defaultValue().map(Object::toString).orElse(key.otherwise()))
                  .isNotEmpty();
              assertThat(RecipeKeys.sections()).containsKey(key.section());
            });
  }
}
