package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What lies in the packaged jar, beside what a Spark installation has already. */
@Tag("core")
final class PackagedJarIT {

  private static final Path JAR = Path.of(System.getProperty("rankwise.jar"));

  private static Set<String> entries;

  @BeforeAll
  static void readJar() throws IOException {
    entries = entries(JAR);
  }

  @Test
  void noClassIsAlsoSparks() throws IOException {
    Set<String> twice = new TreeSet<>();
    for (Path jar : SparkHome.jars()) {
      twice.addAll(entries(jar));
    }
    twice.removeIf(name -> !name.endsWith(".class") || name.startsWith("META-INF/"));
    twice.retainAll(entries);
    assertThat(twice).isEmpty();
  }

  @Test
  void theEngineKeepsItsNames() {
    assertThat(entries)
        .contains("ai/djl/pytorch/jni/PyTorchLibrary.class", "ai/djl/engine/Engine.class")
        .noneMatch(name -> name.startsWith("dev/rankwise/shaded/ai/"));
  }

  @Test
  void nativeLibrariesLieInside() {
    assertThat(entries)
        .contains(
            "pytorch/cpu/linux-x86_64/libtorch_cpu.so",
            "jnilib/linux-x86_64/cpu/libdjl_torch.so",
            "native/lib/linux-x86_64/cpu/libtokenizers.so");
  }

  @Test
  void theQuickStartsModelAndTableStayOutside() {
    assertThat(entries).noneMatch(name -> name.endsWith(".onnx") || name.contains("wordnet/wn31"));
  }

  @Test
  void enginesOfAllJarsAreListed() throws IOException {
    assertThat(text("META-INF/services/ai.djl.engine.EngineProvider"))
        .contains("ai.djl.pytorch.engine.PtEngineProvider", "ai.djl.engine.rust.RsEngineProvider");
  }

  @Test
  void licencesAreThereAndSignaturesAreNot() throws IOException {
    assertThat(text("META-INF/LICENSE")).contains("Apache License");
    assertThat(text("META-INF/NOTICE")).contains("Rankwise", "PyTorch");
    assertThat(entries)
        .contains("META-INF/licences/pytorch.txt")
        .noneMatch(name -> name.matches("META-INF/[^/]+\\.(SF|DSA|RSA)"));
  }

  @Test
  void theManifestSaysWhichSparkItIsFor() throws IOException {
    try (JarFile file = new JarFile(JAR.toFile())) {
      Attributes said = file.getManifest().getMainAttributes();
      assertThat(SparkHome.jars().stream().map(jar -> jar.getFileName().toString()))
          .contains(
              "spark-core_%s-%s.jar"
                  .formatted(said.getValue("Scala-Version"), said.getValue("Spark-Version")));
    }
  }

  @Test
  void nothingOfTheJarIsTest() {
    assertThat(entries).noneMatch(name -> name.matches(".*(junit|assertj|archunit|jqwik).*"));
  }

  private static Set<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Set<String> names = new TreeSet<>();
      file.stream().map(ZipEntry::getName).forEach(names::add);
      return names;
    }
  }

  private static String text(String entry) throws IOException {
    try (JarFile file = new JarFile(JAR.toFile());
        InputStream content = file.getInputStream(file.getEntry(entry))) {
      return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
