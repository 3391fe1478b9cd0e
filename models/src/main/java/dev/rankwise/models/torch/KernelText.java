package dev.rankwise.models.torch;

import dev.rankwise.models.failure.InternalException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kernel texts: packaged resources in TorchScript's serialised source form, with placeholders. */
public final class KernelText {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Za-z0-9_]+)}");

  private KernelText() {}

  /**
   * Reads a packaged text without its comment lines.
   *
   * @param resource path below the root of the class path, such as {@code
   *     kernels/base/dense.torchscript}
   */
  public static String read(String resource) {
    try (InputStream in = KernelText.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new InternalException("No kernel text %s on the class path".formatted(resource));
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> !line.startsWith("#"))
          .reduce(
              new StringBuilder(),
              (all, line) -> all.append(line).append('\n'),
              StringBuilder::append)
          .toString();
    } catch (IOException e) {
      throw new InternalException("Cannot read kernel text %s".formatted(resource), e);
    }
  }

  /**
   * Replaces every placeholder <code>${name}</code> that {@code values} holds; others stay.
   *
   * @param text a kernel text
   * @param values what to put in the place of each name
   */
  public static String fill(String text, Map<String, String> values) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            match -> Matcher.quoteReplacement(values.getOrDefault(match.group(1), match.group())));
  }

  /** Fails if a placeholder is left, naming the first. */
  public static String complete(String text) {
    Matcher left = PLACEHOLDER.matcher(text);
    if (left.find()) {
      throw new InternalException("Kernel text has no value for %s".formatted(left.group()));
    }
    return text;
  }
}
