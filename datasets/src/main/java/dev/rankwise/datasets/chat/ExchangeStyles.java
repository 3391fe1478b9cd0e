package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.chat.Exchanges.Question;
import dev.rankwise.datasets.template.PythonText;
import java.util.Optional;

/** The formats of questions and answers. */
enum ExchangeStyles implements Exchanges.Style {
  LLAMA2 {
    @Override
    public Question question(boolean first, Optional<String> system, Turn user, TextMarks tokens) {
      String before = "<s>[INST] ";
      if (system.isEmpty()) {
        return new Question(before, PythonText.strip(user.text()), " [/INST]");
      }
      // Llama 2 trims the system block and the words after it as one text: only the end is open.
      return new Question(
          before + "<<SYS>>\n" + system.get() + "\n<</SYS>>\n\n",
          PythonText.stripEnd(user.text()),
          " [/INST]");
    }

    @Override
    public String answer(String text, TextMarks tokens) {
      return PythonText.strip(text) + " </s>";
    }

    @Override
    public String gap() {
      return " ";
    }
  },

  MISTRAL {
    @Override
    public Question question(boolean first, Optional<String> system, Turn user, TextMarks tokens) {
      String preface = system.map(text -> text + "\n\n").orElse("");
      return new Question((first ? "<s>" : "") + "[INST] " + preface, user.text(), " [/INST]");
    }

    @Override
    public String answer(String text, TextMarks tokens) {
      return text + "</s>";
    }

    @Override
    public String gap() {
      return " ";
    }
  },

  ALPACA {
    @Override
    public Question question(boolean first, Optional<String> system, Turn user, TextMarks tokens) {
      String task =
          user.context().isEmpty()
              ? "Below is an instruction that describes a task. "
              : "Below is an instruction that describes a task, paired with an input that provides"
                  + " further context. ";
      String preface =
          system
              .filter(text -> !text.isBlank())
              .orElse(task + "Write a response that appropriately completes the request.");
      String input = user.context().isEmpty() ? "" : "\n\n### Input:\n" + user.context();
      return new Question(
          (first ? tokens.opening() + preface : "") + "\n\n### Instruction:\n",
          user.content() + input,
          "\n\n### Response:\n");
    }

    @Override
    public String answer(String text, TextMarks tokens) {
      return text + tokens.end();
    }
  },

  PLAIN {
    @Override
    public Question question(boolean first, Optional<String> system, Turn user, TextMarks tokens) {
      String preface = system.map(text -> text + "\n\n").orElse("");
      return new Question((first ? tokens.opening() : "") + preface, user.text(), "");
    }

    @Override
    public String answer(String text, TextMarks tokens) {
      return text + tokens.end();
    }
  }
}
