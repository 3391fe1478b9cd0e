package dev.rankwise.jobs.session;

import dev.rankwise.models.failure.ClusterException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.Optional;
import java.util.jar.Attributes;

/**
 * The Spark that the packaged jar was built for, as its manifest says it. On another one a run
 * would end in its middle, at a method that has another signature there.
 *
 * @param spark its version, such as 3.5.9
 * @param scala the binary version of its Scala, such as 2.12
 */
record BuiltFor(String spark, String scala) {
  private static final String SPARK = "Spark-Version";
  private static final String SCALA = "Scala-Version";

  /** What the jar with this class was built for; nothing where the class comes from a build. */
  static Optional<BuiltFor> thisJar() {
    return jarOf(BuiltFor.class.getResource("BuiltFor.class"));
  }

  /** What the jar with a file inside was built for. */
  static Optional<BuiltFor> jarOf(URL file) {
    try {
      URLConnection connection = file.openConnection();
      // A cached jar would stay open, and be read again after it was replaced.
      connection.setUseCaches(false);
      if (!(connection instanceof JarURLConnection jar)) {
        return Optional.empty();
      }
      try (var opened = jar.getJarFile()) {
        Attributes said = opened.getManifest().getMainAttributes();
        return Optional.ofNullable(said.getValue(SPARK))
            .map(spark -> new BuiltFor(spark, said.getValue(SCALA)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifest of the jar with " + file, e);
    }
  }

  /**
   * Refuses a Spark that this jar is not for.
   *
   * @param runningSpark the version of the Spark that is there
   * @param runningScala the version of its Scala
   * @throws ClusterException with the jar to take
   */
  void require(String runningSpark, String runningScala) {
    if (major(runningSpark).equals(major(spark)) && runningScala.startsWith(scala + ".")) {
      return;
    }
    throw new ClusterException(
        ("Cannot run on Spark %s with Scala %s: this jar was built for Spark %s with Scala %s; take"
                + " rankwise.jar for Spark 3.5 with Scala 2.12, and rankwise-spark-4.jar for Spark 4")
            .formatted(runningSpark, runningScala, spark, scala));
  }

  private static String major(String version) {
    return version.substring(0, version.indexOf('.'));
  }
}
