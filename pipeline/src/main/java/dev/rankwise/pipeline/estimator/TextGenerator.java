package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.generation.Generated;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.random.SeededStream;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.vision.Picture;
import dev.rankwise.models.vision.PicturedPrompt;
import dev.rankwise.pipeline.estimator.RowAddition.Content;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.broadcast.Broadcast;

/**
 * Goes on after prompts on an executor, with the replica and the tokenizer that all tasks of the
 * JVM share. Only names, numbers and the handle of the broadcast travel.
 */
final class TextGenerator implements RowAddition.Answers {
  private static final long serialVersionUID = 1L;

  /** Why nothing follows a prompt. */
  static final String EMPTY = "prompt-empty";

  static final String TOO_LONG = "prompt-too-long";
  static final String NO_PLACE = "prompt-without-place";
  static final String MALFORMED = "prompt-malformed";
  static final String UNSEEN = "picture-unusable";
  static final String UNKNOWN_TASK = "task-unknown";

  private final AdaptedDecoder source;
  private final ParameterVersion version;
  private final Broadcast<byte[]> parameters;
  private final ChatRenderer renderer;
  private final RowPrompts rows;
  private final PictureReading pictures;
  private final int task;
  private final List<String> tasks;
  private final int context;
  private final GenerationSettings settings;
  private final boolean finishes;

  /**
   * @param source the model
   * @param version names {@code parameters}
   * @param parameters the trained numbers as {@link FloatBytes}
   * @param renderer how a prompt is written; null where it is taken as it is
   * @param rows how a prompt is read from a row's values; null where it is a text
   * @param pictures how pictures are read; null where rows have none
   * @param task task of all prompts, or {@link dev.rankwise.models.network.TokenBatch#NO_TASK}
   * @param tasks names of the tasks of which each row says one; empty where rows do not
   * @param context longest sequence that the base takes
   * @param finishes whether it is asked for why a text ended
   */
  TextGenerator(
      AdaptedDecoder source,
      ParameterVersion version,
      Broadcast<byte[]> parameters,
      ChatRenderer renderer,
      RowPrompts rows,
      PictureReading pictures,
      int task,
      List<String> tasks,
      int context,
      GenerationSettings settings,
      boolean finishes) {
    this.source = source;
    this.version = version;
    this.parameters = parameters;
    this.renderer = renderer;
    this.rows = rows;
    this.pictures = pictures;
    this.task = task;
    this.tasks = List.copyOf(tasks);
    this.context = context;
    this.settings = settings;
    this.finishes = finishes;
  }

  /** A prompt, of what task it is, and where its answer goes. */
  private record Asked(PicturedPrompt prompt, int task, Object[] answer) {}

  /** What follows each prompt, and why it ended if that is asked for; a null is an empty prompt. */
  @Override
  public List<Object[]> of(List<Content> contents) {
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(source.base()));
    PromptTokens tokens = new PromptTokens(tokenizer, Optional.ofNullable(renderer));
    List<Object[]> answers = new ArrayList<>();
    Map<Integer, List<Asked>> asked = new TreeMap<>();
    for (Content row : contents) {
      Object[] answer = new Object[finishes ? 2 : 1];
      answers.add(answer);
      int own = tasks.isEmpty() ? task : tasks.indexOf(Objects.requireNonNullElse(row.task(), ""));
      boolean unknown = !tasks.isEmpty() && own < 0;
      if (row.text() == null || unknown) {
        ended(answer, unknown ? UNKNOWN_TASK : EMPTY);
        continue;
      }
      try {
        PicturedPrompt prompt = prompt(row.text(), row.image(), tokens);
        if (row.text().isBlank() || prompt.length() == 0) {
          ended(answer, EMPTY);
        } else if (prompt.length() >= context) {
          ended(answer, TOO_LONG);
        } else {
          asked.computeIfAbsent(own, key -> new ArrayList<>()).add(new Asked(prompt, own, answer));
        }
      } catch (UnusableRow e) {
        ended(answer, unusable(e.reason()));
      }
    }
    asked.values().forEach(ofTask -> answer(ofTask, tokenizer));
    return answers;
  }

  /** Answers prompts of one task. */
  private void answer(List<Asked> asked, Tokenizer tokenizer) {
    List<PicturedPrompt> prompts = asked.stream().map(Asked::prompt).toList();
    List<Generated> generated = generated(prompts, asked.get(0).task(), tokenizer);
    for (int i = 0; i < asked.size(); i++) {
      Object[] answer = asked.get(i).answer();
      answer[0] = generated.get(i).text();
      ended(answer, generated.get(i).finish().word());
    }
  }

  /** Pictures stand where their marks are, or before all else. */
  private PicturedPrompt prompt(String text, byte[] image, PromptTokens tokens) {
    if (pictures == null) {
      return PicturedPrompt.of(rows == null ? tokens.of(text) : tokens.of(rows.read(text)));
    }
    PictureForm form = pictures.form();
    List<byte[]> colours = pictures.colours(pictures.files(image));
    PictureMarks marks = form.marks();
    int[] ids =
        rows == null
            ? tokens.of(
                PictureMarks.placed(text, colours.size()).orElseThrow(TextGenerator::misfit), marks)
            : tokens.of(
                PictureMarks.placed(rows.read(text), colours.size())
                    .orElseThrow(TextGenerator::misfit),
                marks);
    return new PicturedPrompt(ids, colours.stream().map(form.preparation()::normalised).toList());
  }

  private static UnusableRow misfit() {
    return new UnusableRow(RejectionReason.PICTURE_COUNT);
  }

  private static String unusable(RejectionReason reason) {
    if (reason.isOfAPicture()) {
      return UNSEEN;
    }
    return switch (reason) {
      case EMPTY_TEXT, EMPTY_CONVERSATION, MISSING_TEXT -> EMPTY;
      default -> reason.isOfTheChatFormat() ? NO_PLACE : MALFORMED;
    };
  }

  private void ended(Object[] answer, String finish) {
    if (finishes) {
      answer[1] = finish;
    }
  }

  private List<Generated> generated(List<PicturedPrompt> prompts, int ofTask, Tokenizer tokenizer) {
    long[] numbers = prompts.stream().mapToLong(TextGenerator::number).toArray();
    // A lease for each window, not for the partition: whoever takes some rows only leaves none
    // open.
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm()
            .lease(source, version, () -> FloatBytes.toFloats(parameters.value()))) {
      return lease
          .parameters()
          .generator(tokenizer, ofTask)
          .generateAfter(prompts, numbers, settings, (prompt, piece) -> {});
    }
  }

  /** A number by what the prompt holds: what is drawn must not depend on where a row lies. */
  private static long number(PicturedPrompt prompt) {
    long number = 0;
    for (int id : prompt.ids()) {
      number = new SeededStream(number, id).nextLong();
    }
    for (Picture picture : prompt.pictures()) {
      number = new SeededStream(number, Arrays.hashCode(picture.pixels())).nextLong();
    }
    return number;
  }
}
