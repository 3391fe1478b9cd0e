package dev.rankwise.jobs.foreign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.template.ChatTemplate;
import dev.rankwise.datasets.template.TemplateBounds;
import dev.rankwise.datasets.template.TemplateException;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.RankwiseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The doors by which foreign bytes come in, for a program that makes such bytes up: {@code
 * benchmarks/fuzz}. Whatever comes is read, or refused with a failure of ours in words, within the
 * bounds of {@link TestForeignFiles}.
 */
public final class FuzzedDoors {
  private static final long MORE_BYTES = 64L << 20;

  /** Larger seeds would be changed for long without effect. */
  private static final long LARGEST_SEED = 4096;

  private static final int DATA_BYTES = 64;

  /** Between them all tags, and most of what values can do. */
  private static final List<String> TEMPLATES =
      List.of(
          "{%- for m in messages %}{{ '<|' + m['role'] + '|>\\n"
              + "' + m.content | trim }}{% if not loop.last and loop.index0 % 2 == 0 %}{{ eos_token"
              + " }}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
          "{% set ns = namespace(n=0, l=[]) %}{% for m in messages if m.role != 'system' %}"
              + "{% set ns.n = ns.n + 1 %}{% if m.role == 'assistant' %}{% generation %}"
              + "{{ m.content }}{% endgeneration %}{% else %}{% continue %}{% endif %}{% endfor %}"
              + "{{ ns.n | string | upper }}",
          "{% macro say(a, b='x') %}{{ a ~ b }}{% endmacro %}{{ say('y') }}{{ say(b=1, a=none) }}{{"
              + " messages[1:]|map(attribute='role')|join(', ') }}{{ messages[-1] |"
              + " tojson(indent=2) }}{{ {'a': [1, 2.5, true]}.items() | list | length }}{{"
              + " range(3)|sum // 2 ** 2 }}",
          "{{ raise_exception('no') if messages[0]['role'] is defined and 'u' in messages[0].role"
              + " else 'a b'.split()[::-1] }}{% for k, v in dict(a=1).items() %}{{ k }}{{ v }}{%"
              + " endfor %}",
          "{{ 'Abc'.replace('b', 'x').strip('A') | replace('c', '') | first | default('z', true) }}"
              + "{{ messages | selectattr('role', 'equalto', 'user') | list | count }}{# no #}");

  private static final Map<String, Object> CONVERSATION =
      Map.of(
          "messages",
          List.of(
              Map.of("role", "system", "content", "Be brief."),
              Map.of("role", "user", "content", "Is it open?"),
              Map.of("role", "assistant", "content", " Yes.\n")),
          "bos_token",
          "<s>",
          "eos_token",
          "</s>",
          "add_generation_prompt",
          true);

  /** All doors, one a row. */
  private static final List<Door> DOORS =
      List.of(
          new Door("safetensors", FuzzedDoors::readTensors, FuzzedDoors::tensors),
          file("index", "model.safetensors.index.json", ForeignFile.Kind.SAFETENSORS::read),
          file("config", "config.json", FuzzedDoors::readTree),
          file("tokenizer", "tokenizer.json", ForeignFile.Kind.TOKENIZER::read),
          file("processor", "preprocessor_config.json", ForeignFile.Kind.PROCESSOR::read),
          file("adapter", "adapter_config.json", FuzzedDoors::readAdapter),
          new Door("template", FuzzedDoors::renderTemplate, FuzzedDoors::template),
          new Door("recipe", FuzzedDoors::readRecipe, file("recipe.yaml")),
          new Door("png", FuzzedDoors::readPng, picture(0x89)),
          new Door("jpeg", FuzzedDoors::readPicture, picture(0xFF)),
          new Door("webp", FuzzedDoors::readPicture, picture('R')));

  private static final Door DOOR = Door.named(System.getProperty("rankwise.fuzzed", "recipe"));
  private static final Path FOLDER = folder("rankwise-fuzzed");
  private static final ModelConfig BERT =
      ModelConfig.read(ForeignFile.golden("models/bert/config.json"));

  private FuzzedDoors() {}

  /** Reads as a command would. */
  @FunctionalInterface
  private interface Reader {
    void read(byte[] data) throws IOException;
  }

  /** Finds bytes to begin with in a folder of the corpus or of the golden cases. */
  @FunctionalInterface
  private interface Seed {
    byte[] of(Path folder) throws IOException;
  }

  /**
   * What is read.
   *
   * @param name its name on the command line
   * @param reader reads
   * @param seed what to begin with
   */
  private record Door(String name, Reader reader, Seed seed) {
    static Door named(String name) {
      return DOORS.stream().filter(door -> door.name.equals(name)).findFirst().orElseThrow();
    }
  }

  /** A file that is found in a folder by its name. */
  private static Door file(String door, String name, Consumer<Path> reader) {
    return new Door(
        door,
        data -> {
          Files.write(FOLDER.resolve(name), data);
          reader.accept(FOLDER);
        },
        file(name));
  }

  private static Seed file(String name) {
    return folder -> Files.readAllBytes(folder.resolve(name));
  }

  /**
   * Behind an even byte the header of a file of tensors, before which its length is put; behind an
   * odd one the whole file.
   */
  private static void readTensors(byte[] data) throws IOException {
    byte[] rest = behindFirst(data);
    Files.write(FOLDER.resolve("x.safetensors"), isEven(data) ? tensors(rest) : rest);
    ForeignFile.Kind.SAFETENSORS.read(FOLDER);
  }

  private static byte[] tensors(Path folder) throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve("x.safetensors"));
    if (file.length < Long.BYTES) {
      return join((byte) 1, file);
    }
    long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return header < 0 || header > file.length - Long.BYTES
        ? join((byte) 1, file)
        : join((byte) 0, Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + (int) header));
  }

  /** To the tree of its modules. */
  private static void readTree(Path folder) {
    ModuleTree.of(ModelConfig.read(folder.resolve("config.json")));
  }

  /** Beside the tensors of a sound adapter. */
  private static void readAdapter(Path folder) {
    if (!Files.exists(folder.resolve("adapter_model.safetensors"))) {
      byte[] config = read(folder.resolve("adapter_config.json"));
      try {
        Files.delete(folder.resolve("adapter_config.json"));
        MalformedAdapters.sound(folder);
        Files.write(folder.resolve("adapter_config.json"), config);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    PeftDirectory.read(folder, BERT, "0".repeat(64));
  }

  /** Read, and carried out on a conversation. */
  private static void renderTemplate(byte[] data) {
    ChatTemplate.of(new String(data, StandardCharsets.UTF_8))
        .render(CONVERSATION, new TemplateBounds(100_000, 100_000));
  }

  private static byte[] template(Path folder) throws IOException {
    JsonNode config = new ObjectMapper().readTree(folder.resolve("tokenizer_config.json").toFile());
    return config.path("chat_template").asText().getBytes(StandardCharsets.UTF_8);
  }

  /** Read, judged and written out again. */
  private static void readRecipe(byte[] data) {
    Recipe recipe = Recipe.parse(new String(data, StandardCharsets.UTF_8), "r.yaml", List.of());
    String written = recipe.toYaml();
    Recipe again = Recipe.parse(written, "r.yaml", List.of());
    if (!again.toYaml().equals(written)) {
      throw new AssertionError("Another recipe is read from what was written:\n" + written);
    }
  }

  private static void readPicture(byte[] data) throws IOException {
    Files.write(FOLDER.resolve(ForeignFile.Kind.PICTURE_FILE), data);
    ForeignFile.Kind.PICTURE.read(FOLDER);
  }

  /** With the sum behind each part put right, which no chance finds, or as it is. */
  private static void readPng(byte[] data) throws IOException {
    readPicture(data);
    readPicture(MalformedPictures.withSums(data));
  }

  /** Pictures that begin with a byte. */
  private static Seed picture(int first) {
    return folder -> {
      byte[] file = Files.readAllBytes(folder.resolve(ForeignFile.Kind.PICTURE_FILE));
      if (file.length == 0 || (file[0] & 0xFF) != first) {
        throw new NoSuchFileException("a picture of this format");
      }
      return file;
    };
  }

  /** What the program calls first: loads what counts for no input. */
  public static void fuzzerInitialize() throws IOException {
    Path scratch = folder("rankwise-sound");
    for (Path folder : sound(scratch)) {
      Optional<byte[]> seed = seed(folder);
      if (seed.isPresent()) {
        read(seed.get());
      }
    }
  }

  /** What the program calls for each input; whatever it throws is a finding. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    // The first time classes may have been loaded, which the program adds to.
    boolean mayBeGreedy = isGreedy(data);
    if (mayBeGreedy && isGreedy(data)) {
      throw new AssertionError("It takes much more heap than its %s bytes".formatted(data.length));
    }
  }

  private static boolean isGreedy(byte[] data) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    read(data);
    return threads.getThreadAllocatedBytes(thread) - before > data.length + MORE_BYTES;
  }

  private static void read(byte[] data) throws IOException {
    try {
      DOOR.reader().read(data);
    } catch (TemplateException e) {
      requireWords(e.getMessage());
    } catch (RankwiseException e) {
      requireWords(e.getMessage());
      if (e.code() != FailureCode.INVALID_INPUT && e.code() != FailureCode.CORRUPT_FILE) {
        throw e;
      }
    }
  }

  /**
   * Names all doors, or writes what to begin with.
   *
   * @param arguments nothing, or the folder for it
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      DOORS.forEach(door -> System.out.println(door.name()));
      return;
    }
    Path target = Files.createDirectories(Path.of(arguments[0]));
    Path scratch = folder("rankwise-seeds");
    List<Path> folders = new ArrayList<>(sound(scratch));
    for (ForeignFile file : ForeignReader.cases()) {
      Path folder = Files.createDirectory(scratch.resolve("case-" + folders.size()));
      file.maker().make(folder);
      folders.add(folder);
    }
    int number = 0;
    for (Path folder : folders) {
      Optional<byte[]> seed = seed(folder);
      if (seed.isPresent() && seed.get().length <= LARGEST_SEED) {
        Files.write(target.resolve("seed-" + number++), seed.get());
      }
    }
    System.out.println(number + " seeds");
  }

  private static Optional<byte[]> seed(Path folder) {
    try {
      return Optional.of(DOOR.seed().of(folder));
    } catch (IOException e) {
      return Optional.empty(); // What lies there is for another door.
    }
  }

  /** Folders with sound files: golden cases, the recipes of {@code conf}, and templates. */
  private static List<Path> sound(Path scratch) throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String name : List.of("models", "adapters")) {
      try (Stream<Path> cases = Files.list(ForeignFile.golden(name))) {
        folders.addAll(cases.sorted().toList());
      }
    }
    try (Stream<Path> recipes = Files.list(Path.of("conf"))) {
      for (Path recipe :
          recipes.filter(file -> file.toString().endsWith(".yaml")).sorted().toList()) {
        Path folder = Files.createDirectory(scratch.resolve("recipe-" + folders.size()));
        folders.add(Files.copy(recipe, folder.resolve("recipe.yaml")).getParent());
      }
    }
    for (byte[] picture : pictures()) {
      Path folder = Files.createDirectory(scratch.resolve("picture-" + folders.size()));
      folders.add(Files.write(folder.resolve(ForeignFile.Kind.PICTURE_FILE), picture).getParent());
    }
    for (String template : TEMPLATES) {
      Path folder = Files.createDirectory(scratch.resolve("template-" + folders.size()));
      String config =
          new ObjectMapper().createObjectNode().put("chat_template", template).toString();
      folders.add(Files.writeString(folder.resolve("tokenizer_config.json"), config).getParent());
    }
    return folders;
  }

  /** Of each format; of WebP those that its own library made. */
  private static List<byte[]> pictures() throws IOException {
    List<byte[]> pictures = new ArrayList<>();
    Path folder = Path.of("datasets/src/test/resources/images");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (!file.toString().endsWith(".json")) {
          pictures.add(Files.readAllBytes(file));
        }
      }
    }
    JsonNode webp = new ObjectMapper().readTree(folder.resolve("lossless-webp.json").toFile());
    for (JsonNode one : webp.get("cases")) {
      pictures.add(Base64.getDecoder().decode(one.get("file").textValue()));
    }
    pictures.add(MalformedPictures.soundWebp());
    pictures.add(MalformedPictures.sound("jpeg"));
    pictures.add(MalformedPictures.sound("png"));
    return pictures;
  }

  private static void requireWords(String message) {
    if (message == null || message.codePoints().anyMatch(FuzzedDoors::isControl)) {
      throw new AssertionError("Not for people: " + message);
    }
  }

  private static boolean isControl(int character) {
    return character != '\n' && Character.getType(character) == Character.CONTROL;
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEven(byte[] data) {
    return data.length > 0 && data[0] % 2 == 0;
  }

  private static byte[] behindFirst(byte[] data) {
    return Arrays.copyOfRange(data, Math.min(1, data.length), data.length);
  }

  private static byte[] tensors(byte[] header) {
    return ByteBuffer.allocate(Long.BYTES + header.length + DATA_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private static byte[] join(byte first, byte[] rest) {
    return ByteBuffer.allocate(1 + rest.length).put(first).put(rest).array();
  }

  /** A folder that goes with the process. */
  private static Path folder(String name) {
    try {
      Path folder = Files.createTempDirectory(name);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
