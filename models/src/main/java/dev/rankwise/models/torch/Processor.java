package dev.rankwise.models.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The processor of this host, by the words of the operating system.
 *
 * @param vendor as the processor calls its maker: {@code GenuineIntel}, {@code AuthenticAMD};
 *     {@code unknown} where nothing says it
 * @param model its name
 * @param extensions those of the vector extensions that matter here and that it offers
 */
public record Processor(String vendor, String model, List<String> extensions) {
  private static final Path INFO = Path.of("/proc/cpuinfo");
  private static final int FIRST_PROCESSOR = 40;
  private static final String UNKNOWN = "unknown";
  private static final List<String> EXTENSIONS =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16");

  public Processor {
    extensions = List.copyOf(extensions);
  }

  /** The processor of this host. */
  public static Processor ofThisHost() {
    if (!Files.isReadable(INFO)) {
      return new Processor(UNKNOWN, System.getProperty("os.arch"), List.of());
    }
    try (Stream<String> lines = Files.lines(INFO)) {
      return of(lines.limit(FIRST_PROCESSOR).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processor that the lines of {@code /proc/cpuinfo} describe first. */
  static Processor of(List<String> lines) {
    List<String> flags = List.of(field(lines, "flags").toLowerCase(Locale.ROOT).split(" "));
    return new Processor(
        field(lines, "vendor_id"),
        field(lines, "model name"),
        EXTENSIONS.stream().filter(flags::contains).toList());
  }

  /** Whether it offers a vector extension, one of those in {@link #extensions}. */
  public boolean offers(String extension) {
    return extensions.contains(extension);
  }

  /** Model and extensions, for people. */
  public String description() {
    return model + " " + extensions;
  }

  private static String field(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse(UNKNOWN);
  }
}
