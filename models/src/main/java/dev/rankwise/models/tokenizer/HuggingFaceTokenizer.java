package dev.rankwise.models.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.NativeCache;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The tokenizer of a {@code tokenizer.json}, run by Hugging Face's own library.
 *
 * <p>Truncation and padding that the file asks for are ignored: they belong to whoever saved it,
 * and the caller says how long a sequence may be. So is BPE dropout, which draws another split of a
 * text each time. Texts are cut as transformers does: the special tokens that the file's
 * post-processor puts around a text stay, and the text's tokens are cut at its end.
 */
public final class HuggingFaceTokenizer implements Tokenizer {
  private static final TokenizersLibrary LIBRARY = TokenizersLibrary.LIB;
  private static final long MAXIMUM_FILE = 256L << 20;

  private final Path file;
  private final String sha256;
  private final Vocabulary vocabulary;
  private final long handle;
  private final int[] before;
  private final int[] after;
  private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
  private boolean closed;

  private HuggingFaceTokenizer(
      Path file, String sha256, Vocabulary vocabulary, long handle, int[] before, int[] after) {
    this.file = file;
    this.sha256 = sha256;
    this.vocabulary = vocabulary;
    this.handle = handle;
    this.before = before;
    this.after = after;
  }

  /**
   * Opens the tokenizer of a base, each of whose ids must have a row in the base's token table.
   *
   * @throws CorruptFileException if the file is no tokenizer, or has more ids than the base
   * @throws UserInputException if the base has no tokenizer
   * @throws ClusterException if the native library cannot be loaded here
   */
  public static HuggingFaceTokenizer of(BaseDirectory base) {
    HuggingFaceTokenizer tokenizer = open(base.tokenizer());
    try {
      int rows = ModelConfig.read(base.config()).vocabularySize();
      if (tokenizer.highestId() >= rows) {
        throw new CorruptFileException(
            ("Tokenizer file %s has ids up to %s, but the token table of its base has %s rows; "
                    + "put the tokenizer there that the base was trained with")
                .formatted(base.tokenizer(), tokenizer.highestId(), rows));
      }
      return tokenizer;
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * Opens a tokenizer.
   *
   * @throws CorruptFileException if the file is no tokenizer
   * @throws ClusterException if the native library cannot be loaded here
   */
  public static HuggingFaceTokenizer open(Path tokenizerJson) {
    ObjectNode json = StrictJson.read(tokenizerJson, MAXIMUM_FILE);
    String sha256 = Sha256.ofFile(tokenizerJson);
    Vocabulary vocabulary =
        Vocabulary.of(json)
            .orElseThrow(() -> corrupt(tokenizerJson, "it has no usable vocabulary", null));
    Stream.of(
            TemplateRules.problem(json.path("post_processor")),
            MergeRules.problem(json.path("model")),
            StepRules.problem(json),
            GrowthRules.problem(json.path("normalizer")),
            GrowthRules.problem(json.path("decoder")))
        .flatMap(Optional::stream)
        .forEach(
            problem -> {
              throw corrupt(tokenizerJson, problem, null);
            });
    json.remove(List.of("truncation", "padding"));
    if (json.path("model") instanceof ObjectNode model) {
      model.remove("dropout");
    }
    Loaded.check();
    leftOfAdded(tokenizerJson, json)
        .ifPresent(
            problem -> {
              throw corrupt(tokenizerJson, problem, null);
            });
    long handle = create(tokenizerJson, json.toString());
    try {
      LIBRARY.disableTruncation(handle);
      LIBRARY.disablePadding(handle);
      requireIds(tokenizerJson, vocabulary.added(), handle);
      long probe = LIBRARY.encode(handle, "a", true);
      long[] ids = LIBRARY.getTokenIds(probe);
      long[] special = LIBRARY.getSpecialTokenMask(probe);
      LIBRARY.deleteEncoding(probe);
      int start = leading(special, 0, 1);
      int end = ids.length - leading(special, ids.length - 1, -1);
      return new HuggingFaceTokenizer(
          tokenizerJson,
          sha256,
          vocabulary,
          handle,
          narrow(Arrays.copyOfRange(ids, 0, start)),
          narrow(Arrays.copyOfRange(ids, Math.max(start, end), ids.length)));
    } catch (CorruptFileException e) {
      LIBRARY.deleteTokenizer(handle);
      throw e;
    } catch (RuntimeException e) {
      LIBRARY.deleteTokenizer(handle);
      throw corrupt(tokenizerJson, "it cannot encode a letter", e);
    }
  }

  @Override
  public int[] encode(String text, int maximumTokens) {
    int room = maximumTokens - before.length - after.length;
    if (room < 0) {
      throw new UserInputException(
          ("A sequence of %s tokens has no room for the %s special tokens of this "
                  + "tokenizer; allow more tokens")
              .formatted(maximumTokens, before.length + after.length));
    }
    long[] content = content(text);
    int kept = Math.min(room, content.length);
    int[] ids = Arrays.copyOf(before, before.length + kept + after.length);
    for (int i = 0; i < kept; i++) {
      ids[before.length + i] = (int) content[i];
    }
    System.arraycopy(after, 0, ids, before.length + kept, after.length);
    return ids;
  }

  @Override
  public TextEncoding encode(String text, SpecialTokens special) {
    return reading(
        () -> {
          String wellFormed = wellFormed(text);
          long encoding = LIBRARY.encode(handle, wellFormed, special == SpecialTokens.INCLUDED);
          try {
            return TokenSpans.of(
                wellFormed,
                narrow(LIBRARY.getTokenIds(encoding)),
                LIBRARY.getTokenCharSpans(encoding),
                LIBRARY.getSpecialTokenMask(encoding));
          } finally {
            LIBRARY.deleteEncoding(encoding);
          }
        });
  }

  @Override
  public String decode(int[] ids, SpecialTokens special) {
    for (int id : ids) {
      if (id < 0) {
        throw new IllegalArgumentException("Not a token id: " + id);
      }
    }
    long[] wide = Arrays.stream(ids).asLongStream().toArray();
    return reading(() -> LIBRARY.decode(handle, wide, special == SpecialTokens.LEFT_OUT));
  }

  @Override
  public String[] tokens(int[] ids) {
    return Arrays.stream(ids).mapToObj(vocabulary::token).toArray(String[]::new);
  }

  @Override
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  @Override
  public List<AddedToken> addedTokens() {
    return vocabulary.added();
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public int highestId() {
    return vocabulary.highestId();
  }

  @Override
  public String sha256() {
    return sha256;
  }

  @Override
  public void close() {
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        LIBRARY.deleteTokenizer(handle);
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  /** Ids of a text without special tokens around it. */
  private long[] content(String text) {
    return reading(
        () -> {
          long encoding = LIBRARY.encode(handle, wellFormed(text), false);
          try {
            return LIBRARY.getTokenIds(encoding);
          } finally {
            LIBRARY.deleteEncoding(encoding);
          }
        });
  }

  /** What {@code use} makes of the native tokenizer, which stays open meanwhile. */
  private <T> T reading(Supplier<T> use) {
    lifetime.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("The tokenizer is closed");
      }
      return checked(use);
    } finally {
      lifetime.readLock().unlock();
    }
  }

  /** A tokenizer that opened may still lack what a text needs, such as a token for the unknown. */
  private <T> T checked(Supplier<T> use) {
    try {
      return use.get();
    } catch (RuntimeException e) {
      throw corrupt(file, "it cannot read or write a text: " + e.getMessage(), e);
    }
  }

  /** The text with every half of a surrogate pair that stands alone replaced, as UTF-8 does. */
  private static String wellFormed(String text) {
    StringBuilder mended = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else {
        mended = mended == null ? new StringBuilder(text) : mended;
        mended.setCharAt(i, '\ufffd');
      }
    }
    return mended == null ? text : mended.toString();
  }

  private static long create(Path file, String json) {
    try {
      return LIBRARY.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw corrupt(file, "the tokenizers library refuses it: " + e.getMessage(), e);
    }
  }

  private static Optional<String> leftOfAdded(Path file, ObjectNode json) {
    try {
      return AddedTokenRules.problem(json);
    } catch (RuntimeException e) {
      throw corrupt(file, "the tokenizers library refuses its normalizer: " + e.getMessage(), e);
    }
  }

  /**
   * Refuses added tokens whose ids in the file are not those that the library gives them: it
   * numbers them itself, on from the model's, and says nothing where the file has others.
   */
  private static void requireIds(Path file, List<AddedToken> added, long handle) {
    for (AddedToken token : added) {
      long encoding = LIBRARY.encode(handle, token.content(), false);
      long[] ids = LIBRARY.getTokenIds(encoding);
      LIBRARY.deleteEncoding(encoding);
      if (ids.length == 1 && ids[0] != token.id()) {
        throw corrupt(
            file,
            "its added token with id %s is read as id %s".formatted(token.id(), ids[0]),
            null);
      }
    }
  }

  /** How many entries from {@code start} on, going by {@code step}, are 1. */
  private static int leading(long[] special, int start, int step) {
    int count = 0;
    for (int i = start; i >= 0 && i < special.length && special[i] == 1; i += step) {
      count++;
    }
    return count;
  }

  private static int[] narrow(long[] ids) {
    return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
  }

  private static CorruptFileException corrupt(Path file, String problem, Throwable cause) {
    return new CorruptFileException(
        "Tokenizer file %s cannot be used: %s; fetch the base again".formatted(file, problem),
        cause);
  }

  private static boolean isNativeLoaded() {
    LibUtils.checkStatus();
    return true;
  }

  /** The initialisation-on-demand holder: the JVM guarantees that it runs once. */
  private static final class Loaded {
    private static final boolean DONE = load();

    static void check() {
      if (!DONE) {
        throw new IllegalStateException("The tokenizers library is not loaded");
      }
    }

    private static boolean load() {
      try {
        return NativeCache.whileLocked(HuggingFaceTokenizer::isNativeLoaded);
      } catch (RuntimeException | LinkageError e) {
        throw new ClusterException(
            ("Cannot load the tokenizers library: %s; it needs Linux x86-64 with "
                    + "glibc 2.28 or newer and a writable cache folder (set DJL_CACHE_DIR to "
                    + "one)")
                .formatted(e.getMessage()),
            e);
      }
    }
  }
}
