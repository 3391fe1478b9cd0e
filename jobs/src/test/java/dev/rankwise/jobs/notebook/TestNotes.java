package dev.rankwise.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.Rankwise;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.pipeline.estimator.AdapterClassifier;
import dev.rankwise.pipeline.estimator.AdapterClassifierModel;
import dev.rankwise.pipeline.estimator.AdapterGeneratorModel;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.execution.SparkSqlParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notes without running them: their form, and what they call. Long tests run them. */
final class TestNotes {
  private static final Path DOCUMENT = Path.of("..", "docs", "notebooks.md");
  private static final Pattern QUOTED = Pattern.compile("\"\"\"\n?(.*?)\"\"\"", Pattern.DOTALL);
  private static final Pattern IMPORT = Pattern.compile("^import ([\\w.]+)\\.(\\w+|\\{[^}]+})$");
  private static final Pattern DOOR = Pattern.compile("\\b(Notebook|Rankwise)\\.(\\w+)\\(");
  private static final Pattern SETTER = Pattern.compile("\\.(set[A-Z]\\w*)\\(");

  static List<Note> notes() {
    return Note.all();
  }

  @Test
  void eachIsListedInTheDocument() throws IOException {
    String document = Files.readString(DOCUMENT);
    assertThat(notes())
        .extracting(Note::name)
        .containsExactlyInAnyOrder(
            "first-adapter",
            "which-method-which-rank",
            "look-at-your-data",
            "before-and-after",
            "images")
        .allSatisfy(name -> assertThat(document).contains("../notebooks/" + name + ".zpln"));
  }

  @ParameterizedTest
  @MethodSource("notes")
  void hasTheFormThatZeppelinImports(Note note) {
    assertThat(note.json().get("name").textValue()).startsWith("Rankwise/");
    assertThat(note.json().get("id").textValue()).matches("[0-9A-Z]{9}");
    Set<String> ids = new TreeSet<>();
    for (JsonNode paragraph : note.json().get("paragraphs")) {
      assertThat(ids.add(paragraph.get("id").textValue())).isTrue();
      // What somebody's run left would be shown as if it were what this version says.
      assertThat(paragraph.has("results")).isFalse();
      assertThat(paragraph.get("status").textValue()).isEqualTo("READY");
    }
    assertThat(note.paragraphs())
        .hasSizeGreaterThan(4)
        .allSatisfy(paragraph -> assertThat(paragraph.title()).isNotBlank())
        .extracting(Note.Paragraph::language)
        .contains(Note.Language.SCALA);
  }

  @ParameterizedTest
  @MethodSource("notes")
  void aPieceOfHtmlIsAllThatItsParagraphSays(Note note) {
    // The shell tells of each value after all else, which would stand within the piece.
    for (Note.Paragraph paragraph : note.paragraphs()) {
      if (paragraph.code().contains("%html")) {
        assertThat(paragraph.code().lines().filter(line -> !line.startsWith("//")))
            .as(paragraph.title())
            .singleElement()
            .asString()
            .startsWith("print(\"%html \" + Notebook.");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("notes")
  void callsWhatThereIs(Note note) throws ClassNotFoundException {
    Set<String> setters =
        names(AdapterClassifier.class, AdapterClassifierModel.class, AdapterGeneratorModel.class);
    for (Note.Paragraph paragraph : scala(note)) {
      for (String line : paragraph.code().lines().toList()) {
        Matcher imported = IMPORT.matcher(line);
        if (imported.find()) {
          for (String name : imported.group(2).replaceAll("[{}]", "").split(", *")) {
            Class.forName(imported.group(1) + "." + name);
          }
        }
        DOOR.matcher(line)
            .results()
            .forEach(
                call ->
                    assertThat(
                            names(
                                call.group(1).equals("Notebook") ? Notebook.class : Rankwise.class))
                        .as(line)
                        .contains(call.group(2)));
        SETTER.matcher(line).results().forEach(it -> assertThat(setters).contains(it.group(1)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("notes")
  void itsRecipesAreOnes(Note note) {
    for (Note.Paragraph paragraph : scala(note)) {
      quoted(paragraph)
          .filter(text -> text.contains("data:"))
          .forEach(
              text ->
                  Recipe.parse(
                      text,
                      note.name(),
                      text.contains("base:") ? List.of() : List.of("base.model=dictionary")));
    }
  }

  @ParameterizedTest
  @MethodSource("notes")
  void itsQueriesAreSql(Note note) throws Exception {
    for (Note.Paragraph paragraph : note.paragraphs()) {
      if (paragraph.language() == Note.Language.SQL) {
        new SparkSqlParser().parsePlan(paragraph.code());
      } else {
        for (String text : quoted(paragraph).filter(it -> !it.contains(": ")).toList()) {
          new SparkSqlParser().parsePlan(text);
        }
      }
    }
  }

  private static List<Note.Paragraph> scala(Note note) {
    return note.paragraphs().stream()
        .filter(paragraph -> paragraph.language() == Note.Language.SCALA)
        .toList();
  }

  private static Stream<String> quoted(Note.Paragraph paragraph) {
    return QUOTED.matcher(paragraph.code()).results().map(match -> match.group(1));
  }

  private static Set<String> names(Class<?>... types) {
    return Stream.of(types)
        .flatMap(type -> Stream.of(type.getMethods()))
        .map(Method::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
