package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.datasets.chat.RowRenderings.Opening;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds turns in the text that a template made, where the template does not mark them. A place is
 * one that two renderings agree on; without one it is unsure.
 *
 * <p>An answer starts where the prompt ends: what the template writes up to where the assistant is
 * to speak. If the whole does not start with the prompt, as where the prompt opens a thought that
 * the whole leaves out, the answer starts where its content does, provided that all before it is
 * the start of the prompt and goes on past the turn before.
 *
 * <p>It ends where a rendering that stops after it ends. If the whole does not start with that, as
 * where a template writes the last answer otherwise, it ends with its content and what follows the
 * content in a rendering that stops there, provided that the same follows in the whole. A mark that
 * closes a text when nothing is to follow, and that no turn ends with, is no part of an answer.
 *
 * <p>Content is found by putting another text in its place: what both renderings start and end with
 * is not the content's.
 *
 * @param renderings the template
 * @param conversation what is rendered
 * @param whole its text
 * @param closing the tokenizer's end mark; may be empty
 */
record TurnPlaces(
    RowRenderings renderings, Conversation conversation, String whole, String closing) {
  private static final String STAND_IN = "RankwiseStandIn";

  /** The places of the assistant's turns and of those whose loss the row speaks of. */
  RenderedChat found() {
    List<TurnSpan> turns = new ArrayList<>();
    List<Integer> unsure = new ArrayList<>();
    int before = 0;
    for (int i = conversation.firstSpoken(); i < conversation.turns().size(); i++) {
      Turn turn = conversation.turns().get(i);
      if (turn.role() != Role.ASSISTANT && turn.loss() == TurnLoss.AS_THE_RECIPE_SAYS) {
        continue;
      }
      int start = turn.role() == Role.ASSISTANT ? answerStart(i) : ended(i);
      int end = start < before ? -1 : end(i, start);
      if (start < before || end < start) {
        unsure.add(i);
        continue;
      }
      turns.add(new TurnSpan(i, new TextSpan(start, end)));
      before = end;
    }
    return new RenderedChat(whole, turns, unsure);
  }

  /**
   * The answer that each of the marked parts belongs to: the last one before which all is said
   * where the part starts. So a part may introduce its answer, but takes in nothing of the turn
   * before. Empty where that is unsure of one of them.
   *
   * @param parts parts of the whole, in order, none of them empty
   */
  Optional<List<TurnSpan>> ofAnswers(List<TextSpan> parts) {
    List<Integer> answers = conversation.assistantTurns();
    if (answers.isEmpty()) {
      return Optional.empty();
    }
    if (answers.size() == 1) {
      return Optional.of(parts.stream().map(part -> new TurnSpan(answers.get(0), part)).toList());
    }
    List<Integer> begun = answers.stream().map(this::ended).toList();
    if (begun.contains(-1) || !begun.equals(begun.stream().sorted().toList())) {
      return Optional.empty();
    }
    List<TurnSpan> turns = new ArrayList<>();
    int answer = -1;
    for (TextSpan part : parts) {
      while (answer + 1 < begun.size() && begun.get(answer + 1) <= part.start()) {
        answer++;
      }
      int next = answer + 1 < begun.size() ? begun.get(answer + 1) : whole.length();
      if (answer < 0 || part.end() > next) {
        return Optional.empty();
      }
      turns.add(new TurnSpan(answers.get(answer), part));
    }
    return Optional.of(turns);
  }

  /** Where an answer starts; -1 where that is unsure. */
  private int answerStart(int turn) {
    Conversation asked = conversation.first(turn);
    String prompt = renderings.attempted(asked, Opening.ANSWER).orElse(null);
    if (prompt == null) {
      return -1;
    }
    if (whole.startsWith(prompt)) {
      return prompt.length();
    }
    int start = content(turn).map(TextSpan::start).orElse(-1);
    int spoken = ended(turn);
    boolean opens = spoken >= 0 && spoken < start && prompt.startsWith(whole.substring(0, start));
    return opens ? start : -1;
  }

  private int end(int turn, int start) {
    int end = ended(turn + 1);
    boolean answers = conversation.turns().get(turn).role() == Role.ASSISTANT;
    if (end < 0 && answers) {
      end = content(turn).map(content -> markedEnd(turn, content.end())).orElse(-1);
      boolean calls = RowRenderings.callsTools(conversation.turns().get(turn));
      end = end < 0 && calls ? endOfCalls(turn, start) : end;
    }
    // A line break that parts turns is not the model's to write.
    return answers && end > start && whole.charAt(end - 1) == '\n' ? end - 1 : end;
  }

  /** Length of what the first turns take; -1 where the whole does not start with them alone. */
  private int ended(int turns) {
    if (turns == conversation.firstSpoken()) {
      return 0;
    }
    Conversation part = conversation.first(turns);
    return unclosed(part).filter(whole::startsWith).map(String::length).orElse(-1);
  }

  private int markedEnd(int turn, int contentEnd) {
    return mark(conversation.first(turn + 1))
        .filter(mark -> whole.startsWith(mark, contentEnd))
        .map(mark -> contentEnd + mark.length())
        .orElse(-1);
  }

  /**
   * Where a turn ends that calls tools and is written otherwise when it is the last: at the only
   * mark of an answer's end before what is said next.
   */
  private int endOfCalls(int turn, int start) {
    Conversation plain = conversation.first(turn).with(Turn.of(Role.ASSISTANT, ""));
    String mark = mark(plain).orElse("");
    Optional<TextSpan> next =
        turn + 1 < conversation.turns().size() ? content(turn + 1) : Optional.empty();
    if (mark.isBlank() || next.isEmpty()) {
      return -1;
    }
    int end = whole.indexOf(mark, start) + mark.length();
    boolean inside = end >= mark.length() + start && end <= next.get().start();
    int again = whole.indexOf(mark, end);
    boolean once = again < 0 || again + mark.length() > next.get().start();
    return inside && once ? end : -1;
  }

  /** What follows the content of a conversation's last turn. */
  private Optional<String> mark(Conversation part) {
    int last = part.turns().size() - 1;
    String standIn = standIn();
    return unclosed(part.replacing(last, standIn))
        .filter(text -> once(text, standIn))
        .map(text -> text.substring(text.indexOf(standIn) + standIn.length()));
  }

  private Optional<TextSpan> content(int turn) {
    String standIn = standIn();
    String other =
        renderings.attempted(conversation.replacing(turn, standIn), Opening.NONE).orElse("");
    if (conversation.turns().get(turn).hasNoContent() || !once(other, standIn)) {
      return Optional.empty();
    }
    String before = other.substring(0, other.indexOf(standIn));
    String after = other.substring(before.length() + standIn.length());
    int end = whole.length() - after.length();
    boolean agree = whole.startsWith(before) && whole.endsWith(after) && before.length() <= end;
    return agree
            && conversation.turns().get(turn).text().contains(whole.substring(before.length(), end))
        ? Optional.of(new TextSpan(before.length(), end))
        : Optional.empty();
  }

  /** The text of a conversation without a mark that only closes it. */
  private Optional<String> unclosed(Conversation part) {
    Optional<String> text =
        part.equals(conversation) ? Optional.of(whole) : renderings.attempted(part, Opening.NONE);
    if (closing.isEmpty() || text.isEmpty() || !text.get().endsWith(closing)) {
      return text;
    }
    String without = text.get().substring(0, text.get().length() - closing.length());
    String said = part.turns().get(part.turns().size() - 1).text().strip();
    if (!said.isEmpty() && without.strip().endsWith(said)) {
      // Nothing else says where the turn ends.
      return text;
    }
    return renderings
        .attempted(part, Opening.ANSWER)
        .filter(open -> open.startsWith(without) && !open.startsWith(text.get()))
        .map(open -> without)
        .or(() -> text);
  }

  /** A text that the whole has nowhere. */
  private String standIn() {
    StringBuilder standIn = new StringBuilder(STAND_IN);
    while (whole.contains(standIn)) {
      standIn.append('x');
    }
    return standIn.toString();
  }

  private static boolean once(String text, String part) {
    int at = text.indexOf(part);
    return at >= 0 && text.indexOf(part, at + 1) < 0;
  }
}
