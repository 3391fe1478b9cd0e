package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the verb {@code doctor} found.
 *
 * @param exitCode how it ended
 * @param output what it said
 * @param document what it wrote with {@code --to}
 */
record Diagnosed(int exitCode, String output, JsonNode document) {
  /** Seconds: executors of a busy machine take their time to come. */
  private static final String PATIENCE = "300";

  private static final Pattern OPTION = Pattern.compile("--conf (\\S+?)=([^\\s,;]+)");

  /** Arguments that ask about a run, of which a recipe and the document lie in the folder. */
  static List<String> verb(RealRuns runs, Path folder, String name, String... options)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(runs.tune(folder.resolve(name + ".yaml"), runs.run(name)));
    arguments.set(0, "doctor");
    arguments.addAll(List.of("--to", folder.resolve(name + ".json").toString()));
    arguments.addAll(List.of("--wait", PATIENCE));
    arguments.addAll(List.of(options));
    return arguments;
  }

  /** Asks. */
  static Diagnosed of(SparkSubmit submit, List<String> arguments)
      throws IOException, InterruptedException {
    Path to = Path.of(arguments.get(arguments.indexOf("--to") + 1));
    SparkSubmit.Finished finished = submit.run(arguments);
    JsonNode document =
        Files.exists(to) ? new ObjectMapper().readTree(to.toFile()) : MissingNode.getInstance();
    return new Diagnosed(finished.exitCode(), finished.output(), document);
  }

  /** What must be mended and how, by the check that found it. */
  SortedMap<String, String> mended() {
    SortedMap<String, String> mended = new TreeMap<>();
    for (JsonNode check : document.path("checks")) {
      for (JsonNode finding : check.path("findings")) {
        if (finding.path("weight").asText().equals("mend")) {
          mended.merge(
              check.path("check").asText(),
              finding.path("what").asText() + "; " + finding.path("remedy").asText(),
              (a, b) -> a + "; " + b);
        }
      }
    }
    return mended;
  }

  /** The settings of Spark that mend it, as the remedies name them. */
  Map<String, String> options() {
    Map<String, String> named = new TreeMap<>();
    Matcher options = OPTION.matcher(String.join(" ", mended().values()));
    while (options.find()) {
      named.put(options.group(1), options.group(2));
    }
    return named;
  }
}
