package dev.rankwise.models.source;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** Chooses the folder in which bases and their mapped copies are kept between runs. */
public final class BaseCache {
  private static final String PROPERTY = "rankwise.cache";
  static final String VARIABLE = "RANKWISE_CACHE_DIR";
  private static final String DJL_VARIABLE = "DJL_CACHE_DIR";

  private BaseCache() {}

  /**
   * The cache of this user on this host: the system property {@code rankwise.cache}; else the
   * variable {@code RANKWISE_CACHE_DIR}; else {@code rankwise} in {@code DJL_CACHE_DIR}; else
   * {@code .cache/rankwise} in the home; else, where that cannot be written, {@code rankwise-USER}
   * in the folder for temporary files.
   *
   * @throws UserInputException if a folder was named that cannot be written
   */
  public static Path defaultRoot() {
    return defaultRoot(System.getenv(), System.getProperties());
  }

  static Path defaultRoot(Map<String, String> environment, Properties properties) {
    String property = properties.getProperty(PROPERTY, "");
    if (!property.isEmpty()) {
      return requireWritable(Path.of(property), "system property " + PROPERTY);
    }
    String variable = environment.getOrDefault(VARIABLE, "");
    if (!variable.isEmpty()) {
      return requireWritable(Path.of(variable), "variable " + VARIABLE);
    }
    String djl = environment.getOrDefault(DJL_VARIABLE, "");
    if (!djl.isEmpty()) {
      return requireWritable(Path.of(djl).resolve("rankwise"), "variable " + DJL_VARIABLE);
    }
    Path home = Path.of(properties.getProperty("user.home", "?")).resolve(".cache/rankwise");
    if (home.isAbsolute() && WritableFolder.isWritable(home)) {
      return home;
    }
    Path temporary = Path.of(properties.getProperty("java.io.tmpdir"));
    try {
      return WritableFolder.ownIn(
          temporary, "rankwise", properties.getProperty("user.name", "user"));
    } catch (IOException e) {
      throw FileFailure.writing(temporary, e);
    }
  }

  private static Path requireWritable(Path folder, String named) {
    if (!WritableFolder.isWritable(folder)) {
      throw new UserInputException(
          ("Cache folder %s, named by the %s, cannot be written; name a folder on a "
                  + "local disk that this user may write")
              .formatted(folder, named));
    }
    return folder.toAbsolutePath();
  }
}
