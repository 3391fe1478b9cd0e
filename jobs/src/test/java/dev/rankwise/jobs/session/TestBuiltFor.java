package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("core")
final class TestBuiltFor {
  private static final BuiltFor OLDER = new BuiltFor("3.5.9", "2.12");
  private static final BuiltFor NEWER = new BuiltFor("4.2.0", "2.13");

  @TempDir Path folder;

  @Test
  void otherReleasesOfTheSameSparkAreTaken() {
    assertThatCode(() -> OLDER.require("3.5.1", "2.12.18")).doesNotThrowAnyException();
    assertThatCode(() -> NEWER.require("4.0.1", "2.13.16")).doesNotThrowAnyException();
  }

  @Test
  void anotherSparkIsRefusedWithTheJarToTake() {
    assertThatThrownBy(() -> OLDER.require("4.2.0", "2.13.18"))
        .isInstanceOf(ClusterException.class)
        .hasMessage(
            "Cannot run on Spark 4.2.0 with Scala 2.13.18: this jar was built for Spark 3.5.9 with"
                + " Scala 2.12; take rankwise.jar for Spark 3.5 with Scala 2.12, and"
                + " rankwise-spark-4.jar for Spark 4");
    assertThatThrownBy(() -> NEWER.require("3.5.9", "2.13.8"))
        .as("the same Scala, another Spark")
        .hasMessageStartingWith("Cannot run on Spark 3.5.9 with Scala 2.13.8: ");
    assertThatThrownBy(() -> OLDER.require("3.5.9", "2.13.8"))
        .as("the same Spark, another Scala")
        .hasMessageStartingWith("Cannot run on Spark 3.5.9 with Scala 2.13.8: ");
  }

  @Test
  void theManifestOfAJarSaysIt() throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    assertThat(BuiltFor.jarOf(inJar("silent.jar", manifest))).isEmpty();

    manifest.getMainAttributes().putValue("Spark-Version", "4.2.0");
    manifest.getMainAttributes().putValue("Scala-Version", "2.13");
    assertThat(BuiltFor.jarOf(inJar("packaged.jar", manifest))).contains(NEWER);
  }

  @Test
  void classesOfABuildAreForTheSparkBesideThem() throws IOException {
    Path file = Files.writeString(folder.resolve("Some.class"), "");

    assertThat(BuiltFor.jarOf(file.toUri().toURL())).isEmpty();
  }

  private URL inJar(String name, Manifest manifest) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new JarEntry("Some.class"));
    }
    return URI.create("jar:" + jar.toUri() + "!/Some.class").toURL();
  }
}
