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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The doors by which foreign bytes come in, for a program that makes such bytes up: {@code
 * benchmarks/fuzz}. Whatever comes is read, or refused with a failure of ours in words, within the
 * bounds of {@link TestForeignFiles}.
 */
public final class FuzzedDoors {
  private static final Door DOOR = Door.named(System.getProperty("rankwise.fuzzed", "recipe"));
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

  private static final Path FOLDER = folder();
  private static final ModelConfig BERT =
      ModelConfig.read(ForeignFile.golden("models/bert/config.json"));

  private FuzzedDoors() {}

  /** What is read. */
  private enum Door {
    /**
     * {@code x.safetensors}: behind an even byte its header, before which its length is put; behind
     * an odd one the whole file.
     */
    SAFETENSORS {
      @Override
      void read(byte[] data) throws IOException {
        boolean whole = data.length == 0 || data[0] % 2 != 0;
        byte[] rest = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
        Files.write(FOLDER.resolve("x.safetensors"), whole ? rest : file(rest));
        ForeignFile.Kind.SAFETENSORS.read(FOLDER);
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        byte[] file = Files.readAllBytes(folder.resolve("x.safetensors"));
        if (file.length < Long.BYTES) {
          return join((byte) 1, file);
        }
        long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return header < 0 || header > file.length - Long.BYTES
            ? join((byte) 1, file)
            : join((byte) 0, Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + (int) header));
      }
    },
    /** The index of a base's shards, whose files are not there. */
    INDEX {
      @Override
      void read(byte[] data) throws IOException {
        Files.write(FOLDER.resolve("model.safetensors.index.json"), data);
        ForeignFile.Kind.SAFETENSORS.read(FOLDER);
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("model.safetensors.index.json"));
      }
    },
    /** {@code config.json} of a base, to the tree of its modules. */
    CONFIG {
      @Override
      void read(byte[] data) throws IOException {
        Path file = Files.write(FOLDER.resolve("config.json"), data);
        ModuleTree.of(ModelConfig.read(file));
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("config.json"));
      }
    },
    /** {@code tokenizer.json}. */
    TOKENIZER {
      @Override
      void read(byte[] data) throws IOException {
        Files.write(FOLDER.resolve("tokenizer.json"), data);
        ForeignFile.Kind.TOKENIZER.read(FOLDER);
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("tokenizer.json"));
      }
    },
    /** {@code preprocessor_config.json}. */
    PROCESSOR {
      @Override
      void read(byte[] data) throws IOException {
        Files.write(FOLDER.resolve("preprocessor_config.json"), data);
        ForeignFile.Kind.PROCESSOR.read(FOLDER);
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("preprocessor_config.json"));
      }
    },
    /** {@code adapter_config.json} beside the tensors of a sound adapter. */
    ADAPTER {
      @Override
      void read(byte[] data) throws IOException {
        if (!Files.exists(FOLDER.resolve("adapter_model.safetensors"))) {
          MalformedAdapters.sound(FOLDER);
        }
        Files.write(FOLDER.resolve("adapter_config.json"), data);
        PeftDirectory.read(FOLDER, BERT, "0".repeat(64));
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("adapter_config.json"));
      }
    },
    /** A chat template, read and carried out on a conversation. */
    TEMPLATE {
      @Override
      void read(byte[] data) {
        ChatTemplate.of(new String(data, StandardCharsets.UTF_8))
            .render(CONVERSATION, new TemplateBounds(100_000, 100_000));
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        JsonNode config =
            new ObjectMapper().readTree(folder.resolve("tokenizer_config.json").toFile());
        return config.path("chat_template").asText().getBytes(StandardCharsets.UTF_8);
      }
    },
    /** A recipe, read, judged and written out again. */
    RECIPE {
      @Override
      void read(byte[] data) {
        Recipe recipe = Recipe.parse(new String(data, StandardCharsets.UTF_8), "r.yaml", List.of());
        String written = recipe.toYaml();
        Recipe again = Recipe.parse(written, "r.yaml", List.of());
        if (!again.toYaml().equals(written)) {
          throw new AssertionError("Another recipe is read from what was written:\n" + written);
        }
      }

      @Override
      byte[] seed(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("recipe.yaml"));
      }
    };

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

    static Door named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Reads as a command would. */
    abstract void read(byte[] data) throws IOException;

    /** The bytes to begin with that stand for a file of the corpus or of the golden cases. */
    abstract byte[] seed(Path folder) throws IOException;
  }

  /** What the program calls first: loads what counts for no input. */
  public static void fuzzerInitialize() throws IOException {
    Path scratch = Files.createTempDirectory("rankwise-sound");
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
      DOOR.read(data);
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
   * Writes what to begin with.
   *
   * @param arguments the folder for it
   */
  public static void main(String[] arguments) throws IOException {
    Path target = Files.createDirectories(Path.of(arguments[0]));
    Path scratch = Files.createTempDirectory("rankwise-seeds");
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
      return Optional.of(DOOR.seed(folder));
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
    for (String template : TEMPLATES) {
      Path folder = Files.createDirectory(scratch.resolve("template-" + folders.size()));
      String config =
          new ObjectMapper().createObjectNode().put("chat_template", template).toString();
      folders.add(Files.writeString(folder.resolve("tokenizer_config.json"), config).getParent());
    }
    return folders;
  }

  private static void requireWords(String message) {
    if (message == null || message.codePoints().anyMatch(FuzzedDoors::isControl)) {
      throw new AssertionError("Not for people: " + message);
    }
  }

  private static boolean isControl(int character) {
    return character != '\n' && Character.getType(character) == Character.CONTROL;
  }

  private static byte[] file(byte[] header) {
    return ByteBuffer.allocate(Long.BYTES + header.length + DATA_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private static byte[] join(byte first, byte[] rest) {
    return ByteBuffer.allocate(1 + rest.length).put(first).put(rest).array();
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("rankwise-fuzzed");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
