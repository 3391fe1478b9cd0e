package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.remote.Hub;
import dev.rankwise.models.remote.HubName;
import dev.rankwise.models.remote.HubSettings;
import dev.rankwise.models.remote.Pacing;
import dev.rankwise.models.remote.RemoteFileSystem;
import dev.rankwise.models.text.PrintableText;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Turns the name of a base into a folder on the local disk.
 *
 * <ul>
 *   <li>{@code minilm}: the small encoder of the quick start, taken out of a jar of the class path;
 *   <li>a path or {@code file:} URI: that folder, used in place;
 *   <li>{@code jar:/folder}: a folder of the class path, copied into the cache;
 *   <li>{@code hf:org/name@revision}: a repository of the hub, kept in the hub's own cache;
 *   <li>any other URI: a folder of that file system, such as {@code hdfs:} or {@code s3a:}, copied
 *       into the cache.
 * </ul>
 *
 * <p>A folder must hold {@code config.json} and weights in one safetensors file or several with
 * their index; to read texts it must also hold {@code tokenizer.json}. Every file is hashed once a
 * process; what lies in the cache is checked against the hashes written with it.
 */
public final class BaseSource {
  private static final String MINILM = "minilm";
  private static final String JAR = "jar:/";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");
  private static final long MAXIMUM_RESOURCE = 16L << 30;

  private final Path cacheRoot;
  private final Optional<RemoteFileSystem> system;
  private final Supplier<Hub> hub;

  /**
   * A source that knows no file system but this host's, and keeps what it makes in a cache.
   *
   * @param cacheRoot see {@link BaseCache#defaultRoot}
   */
  public BaseSource(Path cacheRoot) {
    this(cacheRoot, Optional.empty(), () -> hubOfThisProcess(cacheRoot));
  }

  /**
   * A source that also knows other file systems.
   *
   * @param cacheRoot see {@link BaseCache#defaultRoot}
   * @param system reaches them
   */
  public BaseSource(Path cacheRoot, RemoteFileSystem system) {
    this(cacheRoot, Optional.of(system), () -> hubOfThisProcess(cacheRoot));
  }

  BaseSource(Path cacheRoot, Optional<RemoteFileSystem> system, Supplier<Hub> hub) {
    this.cacheRoot = cacheRoot.toAbsolutePath();
    this.system = system;
    this.hub = hub;
  }

  /** Whether a text is the name of a base and cannot be a path. */
  public static boolean isUri(String text) {
    return text.equals(MINILM) || SCHEME.matcher(text).matches();
  }

  /**
   * The base of that name.
   *
   * @throws UserInputException if there is no such base
   * @throws CorruptFileException if its files are not those that were written
   */
  public BaseDirectory resolve(String uri) {
    if (uri.equals(MINILM)) {
      return new CacheEntry(cacheRoot, MINILM, MiniLmBase.SHA256)
          .open(MiniLmBase.SHA256, MiniLmBase::write);
    }
    if (uri.startsWith(JAR)) {
      return fromClassPath(uri);
    }
    if (HubName.isHubName(uri)) {
      return new HubBases(hub.get()).base(uri);
    }
    return isElsewhere(uri) ? elsewhere().base(uri) : inPlace(folder(uri));
  }

  /**
   * The configuration of the base of that name. A folder needs no more than that file.
   *
   * @throws UserInputException if there is no such base
   */
  public Path configuration(String uri) {
    if (uri.equals(MINILM) || uri.startsWith(JAR)) {
      return resolve(uri).config();
    }
    if (HubName.isHubName(uri)) {
      return new HubBases(hub.get()).configuration(uri);
    }
    if (isElsewhere(uri)) {
      return elsewhere().configuration(uri);
    }
    Path config = folder(uri).resolve(FileHashes.CONFIG);
    if (!Files.isRegularFile(config)) {
      throw new UserInputException(
          "Base folder %s has no file %s; name a folder with it, or \"%s\""
              .formatted(folder(uri), FileHashes.CONFIG, MINILM));
    }
    return config;
  }

  /** The base of that name, if it is the one that the reference was made for. */
  public BaseDirectory resolve(BaseReference reference) {
    BaseDirectory base = resolve(reference.uri());
    if (!base.sha256().equals(reference.sha256())) {
      throw new CorruptFileException(
          "Base %s has SHA-256 %s on this host, but %s is needed; put the same files on every host"
              .formatted(reference.uri(), base.sha256(), reference.sha256()));
    }
    return base;
  }

  private static Hub hubOfThisProcess(Path cacheRoot) {
    HubSettings settings =
        HubSettings.of(
            System.getenv(),
            System.getProperties(),
            WritableFolder::isWritable,
            cacheRoot.resolve("hub"));
    return new Hub(settings, Pacing.ofThisSystem());
  }

  private boolean isElsewhere(String uri) {
    return system.isPresent() && SCHEME.matcher(uri).matches() && !uri.startsWith("file:");
  }

  private RemoteBases elsewhere() {
    return new RemoteBases(cacheRoot, system.orElseThrow(), Clock.systemUTC());
  }

  private static BaseDirectory inPlace(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new UserInputException(
          "Base folder %s does not exist; name a folder with %s, or \"%s\""
              .formatted(folder, String.join(", ", FileHashes.NAMES), MINILM));
    }
    return new BaseDirectory(folder, FileHashes.of(folder).sha256());
  }

  private BaseDirectory fromClassPath(String uri) {
    String folder = uri.substring(JAR.length()).replaceAll("/+$", "");
    Path bases = cacheRoot.resolve("bases");
    try (StagedDirectory staged = StagedDirectory.beside(bases.resolve("jar-copy"))) {
      for (String name : FileHashes.NAMES) {
        ClasspathResource.copy(
            folder + "/" + name,
            staged.path().resolve(name),
            MAXIMUM_RESOURCE,
            "put the jar that holds base %s on the class path".formatted(uri));
      }
      String sha256 = FileHashes.of(staged.path()).sha256();
      return new CacheEntry(cacheRoot, "jar", sha256)
          .open(sha256, target -> moveAll(staged.path(), target));
    }
  }

  private static void moveAll(Path from, Path to) {
    try {
      for (String name : FileHashes.NAMES) {
        Files.move(from.resolve(name), to.resolve(name));
      }
    } catch (IOException e) {
      throw FileFailure.writing(to, e);
    }
  }

  private static Path folder(String uri) {
    try {
      if (uri.startsWith("file:")) {
        return Path.of(new URI(uri));
      }
      if (!uri.isBlank() && !SCHEME.matcher(uri).matches()) {
        return Path.of(uri).toAbsolutePath();
      }
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      throw unknown(uri, e);
    }
    throw unknown(uri, null);
  }

  private static UserInputException unknown(String uri, Exception cause) {
    return new UserInputException(
        ("Base \"%s\" cannot be found: known are \"%s\", a path, file:///path, jar:/folder,"
                + " hf:org/name@revision and, within a command, folders of hdfs: and other file"
                + " systems; name one of these")
            .formatted(PrintableText.of(uri), MINILM),
        cause);
  }
}
