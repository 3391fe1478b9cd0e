package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Words that must not get out, each given in another way, are looked for in everything that a run
 * writes and shows.
 */
@Tag("spark")
final class TestCanaries {
  private static final Pattern PAGES = Pattern.compile("service 'SparkUI' on port (\\d+)");

  /** Names from Hadoop's list of sensitive keys, and what an environment calls a password. */
  private static final List<String> SUBMITTED =
      List.of("spark.hadoop.fs.s3a.secret.key", "spark.hadoop.ssl.server.keystore.pass");

  private static final List<String> SET =
      List.of(
          "spark.hadoop.fs.azure.client.secret",
          "spark.hadoop.fs.s3a.encryption.key",
          "spark.executorEnv.DB_PASS");

  /** Where a word was given. */
  private enum Canary {
    ENVIRONMENT_SECRET,
    ENVIRONMENT_OF_ANY_NAME,
    SUBMISSION,
    COMMAND_LINE,
    RECIPE,
    ROW_THAT_IS_USED,
    ROW_THAT_IS_REJECTED;

    String word() {
      return "canary-" + name().toLowerCase(java.util.Locale.ROOT).replace('_', 'x') + "-7q4z";
    }
  }

  @TempDir Path folder;

  @Test
  void nothingGetsOutOfARunThatSucceeds() throws Exception {
    Path run = folder.resolve("run");
    Path events = Files.createDirectory(folder.resolve("events"));
    Map<String, String> shown = new LinkedHashMap<>();
    String out;
    try (TuneProcess tune =
        start(
            run,
            // Long enough for the pages to be read while it trains.
            "train.max-steps=250",
            "train.epochs=1000",
            "output.checkpoint-every-steps=50",
            "spark.ui.enabled=true",
            "spark.ui.port=0",
            "spark.eventLog.enabled=true",
            // Spark 4 does, and no word would be found in it.
            "spark.eventLog.compress=false",
            "spark.eventLog.dir=" + events.toUri())) {
      out = String.join("\n", tune.waitForFirstStep());
      shown.putAll(pages());
      out += tune.process().inputReader().lines().collect(Collectors.joining("\n"));
      assertThat(tune.process().waitFor()).as(tune.errors()).isZero();
      out += tune.errors();
    }
    shown.put("what the command told", out);
    shown.put("the log", Files.readString(folder.resolve("log")));
    shown.putAll(files(events));
    shown.putAll(files(run));

    assertThat(shown).containsKeys("run/adapter/README.md", "run/lineage.json");
    assertThat(shown)
        .anySatisfy(
            (name, text) -> assertThat(name + text).startsWith("events/").contains("JobStart"));
    assertThat(shown.keySet()).anyMatch(name -> name.startsWith("run/checkpoints/"));
    assertThat(shown.get("/environment/")).contains("spark.eventLog.dir");
    // A few held-out texts are what the report is asked to show.
    String report = shown.remove("run/report.html");
    assertThat(report).doesNotContain(Canary.RECIPE.word(), Canary.SUBMISSION.word());
    clean(shown);
    Counts.tell(
        "TestCanaries.nothingGetsOutOfARunThatSucceeds",
        "%s words in %s files and pages".formatted(Canary.values().length, shown.size() + 1));
  }

  @Test
  void nothingGetsOutOfARunThatFails() throws Exception {
    Path run = folder.resolve("run");
    String out;
    try (TuneProcess tune =
        start(run, "data.labels=[billing, sales]", "data.unknown-labels=fail")) {
      out = tune.process().inputReader().lines().collect(Collectors.joining("\n"));
      assertThat(tune.process().waitFor()).isEqualTo(3);
      out += tune.errors();
    }
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("what the command told", out);
    shown.put("the log", Files.readString(folder.resolve("log")));
    shown.putAll(files(run));

    assertThat(shown.get("run/result.json")).contains("\"exit_code\" : 3");
    clean(shown);
  }

  private TuneProcess start(Path run, String... settings) throws IOException {
    List<String> lines = new ArrayList<>(Tickets.csv(60));
    for (int row = 0; row < 6; row++) {
      lines.add(Tickets.line(Canary.ROW_THAT_IS_USED.word() + " " + row, "billing"));
    }
    lines.add(Tickets.line(Canary.ROW_THAT_IS_REJECTED.word() + "\u0007", "billing"));
    lines.add(Tickets.line("a text", "bill\0" + Canary.ROW_THAT_IS_REJECTED.word()));
    lines.add("\"" + Canary.ROW_THAT_IS_REJECTED.word() + "\",\"billing\",\"a field too many\"");
    TicketRecipe recipe =
        TicketRecipe.write(folder, TinyBase.withPooler(folder, 1), Tickets.write(folder, lines));
    Files.writeString(
        recipe.file(),
        Files.readString(recipe.file())
            .replace("spark: {", "spark: {hadoop.my.api-key: " + Canary.RECIPE.word() + ", "));
    List<String> arguments =
        new ArrayList<>(List.of("tune", recipe.file().toString(), "--out", run.toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    for (String name : SET) {
      arguments.addAll(List.of("--set", name + "=" + Canary.COMMAND_LINE.word()));
    }
    return TuneProcess.start(
        folder,
        arguments,
        SUBMITTED.stream()
            .map(name -> "-D%s=%s".formatted(name, Canary.SUBMISSION.word()))
            .toList(),
        Map.of(
            "AWS_SECRET_ACCESS_KEY",
            Canary.ENVIRONMENT_SECRET.word(),
            "RANKWISE_TEST",
            Canary.ENVIRONMENT_OF_ANY_NAME.word()));
  }

  /** Spark's pages of the run that is under way. */
  private Map<String, String> pages() throws IOException, InterruptedException {
    Matcher address = PAGES.matcher(Files.readString(folder.resolve("log")));
    assertThat(address.find()).as("Spark tells where its pages are").isTrue();
    Map<String, String> pages = new LinkedHashMap<>();
    HttpClient client = HttpClient.newHttpClient();
    for (String page :
        List.of(
            "/jobs/",
            "/stages/",
            "/storage/",
            "/environment/",
            "/executors/",
            "/SQL/",
            "/api/v1/applications")) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.group(1) + page)).build();
      pages.put(page, client.send(request, BodyHandlers.ofString()).body());
    }
    return pages;
  }

  private Map<String, String> files(Path below) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    try (Stream<Path> paths = Files.walk(below)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }

  private static void clean(Map<String, String> shown) {
    List<String> found = new ArrayList<>();
    shown.forEach(
        (where, text) -> {
          for (Canary canary : Canary.values()) {
            if (text.contains(canary.word())) {
              found.add(canary + " in " + where);
            }
          }
        });
    assertThat(found).isEmpty();
  }
}
