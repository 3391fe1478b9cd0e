package dev.rankwise.jobs.cluster;

import dev.rankwise.models.LeftOut;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What notebooks run on: Spark with its Scala shell, and what the notes name of ours. */
final class NotebookHome {
  /** Where the model of the notes lies, from this module. */
  private static final Path DICTIONARY = Path.of("..", "models", "dictionary");

  private NotebookHome() {}

  /** A Spark that has its own shell; left out where the registry's shell does not fit it. */
  static SparkHome spark(Path folder) throws IOException {
    if (!scala.util.Properties.versionNumberString().startsWith("2.12.")) {
      LeftOut.because("notebooks, because the shell of the registry is that of Scala 2.12");
    }
    SparkHome home = SparkHome.create(folder);
    for (Path jar : jars("rankwise.repl.classpath")) {
      Path link = folder.resolve("jars").resolve(jar.getFileName());
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, jar);
      }
    }
    return home;
  }

  /** The jars of a class path that a module of its own resolves. */
  static List<Path> jars(String property) throws IOException {
    Path file = Path.of(System.getProperty(property, "/nowhere"));
    if (!Files.exists(file)) {
      LeftOut.because("notebooks, because there is no %s; .ci/clusters makes it".formatted(file));
    }
    return Stream.of(Files.readString(file).strip().split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }

  /** Our jar, and those with the models and tables of the notes. */
  static List<String> ours() {
    List<String> jars = new ArrayList<>();
    for (String name :
        List.of("rankwise", "rankwise.minilm", "rankwise.wordnet", "rankwise.icons")) {
      jars.add(System.getProperty(name + ".jar"));
    }
    return jars;
  }

  /** The settings of Spark that the notes read, and those of a session on two cores. */
  static Map<String, String> settings(Path runs) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("spark.master", "local[2]");
    settings.put("spark.ui.enabled", "false");
    settings.put("spark.driver.host", "127.0.0.1");
    settings.put("spark.sql.shuffle.partitions", "4");
    settings.put("spark.rankwise.notebooks", runs.toAbsolutePath().toString());
    settings.put("spark.rankwise.dictionary", DICTIONARY.toAbsolutePath().normalize().toString());
    return settings;
  }
}
