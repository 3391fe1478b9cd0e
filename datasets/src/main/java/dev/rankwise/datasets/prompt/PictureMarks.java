package dev.rankwise.datasets.prompt;

import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where pictures stand in a text: at each {@value #MARK}, which becomes as many placeholders as a
 * picture has patches. What lies between marks is tokenised by itself, so that a text has the same
 * tokens in training and in a prompt.
 *
 * @param patches patches of a picture, at least 1
 * @param placeholder the id that stands for a patch, below 0
 */
public record PictureMarks(int patches, int placeholder) implements Serializable {
  /** What marks a picture's place. */
  public static final String MARK = "<image>";

  /** How often a text marks a picture's place. */
  public static int count(String text) {
    return (text.length() - text.replace(MARK, "").length()) / MARK.length();
  }

  /**
   * A text with as many marks as there are pictures: itself, or, where it has none, with all of
   * them before it; empty where their numbers differ.
   */
  public static Optional<String> placed(String text, int pictures) {
    int marks = count(text);
    if (marks == 0) {
      return Optional.of(MARK.repeat(pictures) + text);
    }
    return marks == pictures ? Optional.of(text) : Optional.empty();
  }

  /** The same of a conversation, whose first user's turn gets them. */
  public static Optional<Conversation> placed(Conversation conversation, int pictures) {
    List<Turn> turns = new ArrayList<>(conversation.turns());
    int marks = turns.stream().mapToInt(turn -> count(turn.text())).sum();
    if (marks > 0 || pictures == 0) {
      return marks == pictures ? Optional.of(conversation) : Optional.empty();
    }
    int first =
        IntStream.range(0, turns.size())
            .filter(i -> turns.get(i).role() == Role.USER)
            .findFirst()
            .orElseThrow();
    Turn turn = turns.get(first);
    turns.set(
        first,
        new Turn(
            turn.role(),
            MARK.repeat(pictures) + turn.content(),
            turn.context(),
            turn.fields(),
            turn.loss()));
    return Optional.of(new Conversation(turns, conversation.tools()));
  }

  /**
   * The tokens of a text. A placeholder counts as put around the text, so that nothing is trained
   * on it; its characters are its mark's.
   *
   * @param special whether the tokens that begin and end a text are put around it
   */
  public TextEncoding encode(Tokenizer tokenizer, String text, SpecialTokens special) {
    Tokens tokens = new Tokens();
    TextEncoding plain = tokenizer.encode(text.replace(MARK, ""), special);
    int begin = 0;
    while (begin < plain.length() && plain.isInserted(begin)) {
      tokens.add(plain.id(begin++), 0, 0, true);
    }
    int from = 0;
    for (int mark = text.indexOf(MARK); mark >= 0; mark = text.indexOf(MARK, from)) {
      tokens.addAll(tokenizer.encode(text.substring(from, mark), SpecialTokens.LEFT_OUT), from);
      from = mark + MARK.length();
      for (int patch = 0; patch < patches; patch++) {
        tokens.add(placeholder, mark, from, true);
      }
    }
    tokens.addAll(tokenizer.encode(text.substring(from), SpecialTokens.LEFT_OUT), from);
    int end = plain.length();
    while (end > begin && plain.isInserted(end - 1)) {
      end--;
    }
    for (int i = end; i < plain.length(); i++) {
      tokens.add(plain.id(i), text.length(), text.length(), true);
    }
    return tokens.encoding();
  }

  /** The token at which each picture begins. */
  public List<Integer> firsts(int[] ids) {
    int[] places = IntStream.range(0, ids.length).filter(i -> ids[i] == placeholder).toArray();
    return IntStream.range(0, places.length / patches)
        .mapToObj(picture -> places[picture * patches])
        .toList();
  }

  /** Tokens that are put together. */
  private static final class Tokens {
    private final List<int[]> all = new ArrayList<>();

    void add(int id, int start, int end, boolean inserted) {
      all.add(new int[] {id, start, end, inserted ? 1 : 0});
    }

    void addAll(TextEncoding part, int offset) {
      for (int i = 0; i < part.length(); i++) {
        add(part.id(i), offset + part.start(i), offset + part.end(i), part.isInserted(i));
      }
    }

    TextEncoding encoding() {
      boolean[] inserted = new boolean[all.size()];
      for (int i = 0; i < inserted.length; i++) {
        inserted[i] = all.get(i)[3] == 1;
      }
      return new TextEncoding(column(0), column(1), column(2), inserted);
    }

    private int[] column(int which) {
      int[] values = new int[all.size()];
      Arrays.setAll(values, i -> all.get(i)[which]);
      return values;
    }
  }
}
