// Calls a function with arguments from JSON on standard input, and answers on descriptor 3.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tracestill {

struct Json {
  enum Kind { null, truth, number, text, list, object } kind = null;
  std::string word;  // of a number, a text, or true and false
  std::vector<Json> items;
  std::vector<std::string> keys;  // of an object, one for each item
};

class Reader {
 public:
  explicit Reader(const std::string& text) : at_(text.data()), end_(text.data() + text.size()) {}

  Json read() {
    Json found;
    switch (peek()) {
      case '"': found.kind = Json::text; found.word = text(); break;
      case '[': found.kind = Json::list; collect(found, ']'); break;
      case '{': found.kind = Json::object; collect(found, '}'); break;
      default:
        while (at_ < end_ && std::string(",]}: \n").find(*at_) == std::string::npos) found.word += *at_++;
        found.kind = found.word == "null" ? Json::null
                     : found.word == "true" || found.word == "false" ? Json::truth : Json::number;
    }
    return found;
  }

 private:
  char peek() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n')) ++at_;
    return at_ < end_ ? *at_ : '\0';
  }

  void collect(Json& into, char closing) {
    ++at_;
    while (peek() != closing) {
      if (peek() == ',') ++at_;
      peek();
      if (closing == '}') {
        into.keys.push_back(text());
        peek();
        ++at_;
      }
      into.items.push_back(read());
    }
    ++at_;
  }

  std::string text() {
    std::string found;
    for (++at_; *at_ != '"'; ++at_) {
      if (*at_ != '\\') {
        found += *at_;
        continue;
      }
      switch (*++at_) {
        case 'n': found += '\n'; break;
        case 't': found += '\t'; break;
        case 'r': found += '\r'; break;
        case 'b': found += '\b'; break;
        case 'f': found += '\f'; break;
        case 'u': unit(found, std::strtoul(std::string(at_ + 1, 4).c_str(), nullptr, 16)); at_ += 4; break;
        default: found += *at_;
      }
    }
    ++at_;
    return found;
  }

  void unit(std::string& found, unsigned long code) {  // the sender escapes what is no letter: only these are left
    found += static_cast<char>(code);
  }

  const char* at_;
  const char* end_;
};

inline std::string quoted(const std::string& text) {
  std::string found = "\"";
  for (unsigned char letter : text) {
    char escaped[8];
    if (letter == '"' || letter == '\\') {
      found += '\\';
      found += static_cast<char>(letter);
    } else if (letter < 0x20) {
      std::snprintf(escaped, sizeof escaped, "\\u%04x", letter);
      found += escaped;
    } else {
      found += static_cast<char>(letter);
    }
  }
  return found + "\"";
}

template <class T, class = void> struct Form;  // how a type is read from JSON and written

template <> struct Form<bool> {
  static bool read(const Json& json) { return json.word == "true"; }
  static std::string write(bool value) { return value ? "true" : "false"; }
};

template <> struct Form<char> {
  static char read(const Json& json) { return json.word.empty() ? '\0' : json.word[0]; }
  static std::string write(char value) { return quoted(std::string(1, value)); }
};

template <class T> struct Form<T, std::enable_if_t<std::is_integral_v<T>>> {
  static T read(const Json& json) {
    if constexpr (std::is_unsigned_v<T>) return static_cast<T>(std::strtoull(json.word.c_str(), nullptr, 10));
    else return static_cast<T>(std::strtoll(json.word.c_str(), nullptr, 10));
  }
  static std::string write(T value) { return std::to_string(value); }
};

template <class T> struct Form<T, std::enable_if_t<std::is_floating_point_v<T>>> {
  static T read(const Json& json) { return static_cast<T>(std::strtold(json.word.c_str(), nullptr)); }
  static std::string write(T value) {
    if (std::isnan(value)) return "{\"float\":\"nan\"}";
    if (std::isinf(value)) return value > 0 ? "{\"float\":\"inf\"}" : "{\"float\":\"-inf\"}";
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", static_cast<double>(value));
    std::string found = text;
    return found.find_first_of(".e") == std::string::npos ? found + ".0" : found;
  }
};

template <> struct Form<std::string> {
  static std::string read(const Json& json) { return json.word; }
  static std::string write(const std::string& value) { return quoted(value); }
};

template <class T> struct Items {  // what is a list in JSON
  static T read(const Json& json) {
    T found;
    for (const Json& item : json.items) found.insert(found.end(), Form<typename T::value_type>::read(item));
    return found;
  }
  static std::string write(const T& value) {
    std::string found;
    for (const auto& item : value) found += (found.empty() ? "[" : ",") + Form<typename T::value_type>::write(item);
    return found.empty() ? "[]" : found + "]";
  }
};
template <class T> struct Form<std::vector<T>> : Items<std::vector<T>> {};
template <class T> struct Form<std::deque<T>> : Items<std::deque<T>> {};
template <class T> struct Form<std::list<T>> : Items<std::list<T>> {};
template <class T> struct Form<std::set<T>> : Items<std::set<T>> {};
template <class T> struct Form<std::multiset<T>> : Items<std::multiset<T>> {};
template <class T> struct Form<std::unordered_set<T>> : Items<std::unordered_set<T>> {};

template <class M> struct Entries {
  using Key = typename M::key_type;
  using Value = typename M::mapped_type;
  static M read(const Json& json) {
    M found;
    for (std::size_t i = 0; i < json.items.size(); ++i) {
      Json key;
      key.word = json.keys[i];
      found.emplace(Form<Key>::read(key), Form<Value>::read(json.items[i]));
    }
    return found;
  }
  static std::string write(const M& value) {
    std::string found;
    for (const auto& [key, item] : value)
      found += (found.empty() ? "[" : ",[") + Form<Key>::write(key) + "," + Form<Value>::write(item) + "]";
    return "{\"dict\":[" + found + "]}";
  }
};
template <class K, class V> struct Form<std::map<K, V>> : Entries<std::map<K, V>> {};
template <class K, class V> struct Form<std::unordered_map<K, V>> : Entries<std::unordered_map<K, V>> {};

template <class T> struct Fields {  // pairs and tuples
  static T read(const Json& json) { return fill(json, std::make_index_sequence<std::tuple_size_v<T>>()); }
  template <std::size_t... I> static T fill(const Json& json, std::index_sequence<I...>) {
    return T(Form<std::tuple_element_t<I, T>>::read(json.items.at(I))...);
  }
  static std::string write(const T& value) {
    std::string found;
    std::apply(
        [&](const auto&... field) {
          ((found += (found.empty() ? "" : ",") + Form<std::decay_t<decltype(field)>>::write(field)), ...);
        },
        value);
    return "{\"tuple\":[" + found + "]}";
  }
};
template <class A, class B> struct Form<std::pair<A, B>> : Fields<std::pair<A, B>> {};
template <class... A> struct Form<std::tuple<A...>> : Fields<std::tuple<A...>> {};

template <class T> struct Form<std::optional<T>> {
  static std::optional<T> read(const Json& json) {
    return json.kind == Json::null ? std::optional<T>() : std::optional<T>(Form<T>::read(json));
  }
  static std::string write(const std::optional<T>& value) { return value ? Form<T>::write(*value) : "null"; }
};

inline void send(const std::string& answer) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(answer.size() >> shift & 0xff);
  frame += answer;
  for (std::size_t sent = 0; sent < frame.size();) {
    ssize_t part = ::write(3, frame.data() + sent, frame.size() - sent);
    if (part <= 0) ::_exit(1);
    sent += static_cast<std::size_t>(part);
  }
}

template <class R, class... A, std::size_t... I>
std::string called(R (*function)(A...), const Json& json, std::index_sequence<I...>) {
  if (json.items.size() != sizeof...(A)) throw std::invalid_argument("another number of arguments");
  std::tuple<std::decay_t<A>...> args{Form<std::decay_t<A>>::read(json.items[I])...};
  if constexpr (std::is_void_v<R>) {
    function(static_cast<A&&>(std::get<I>(args))...);
    return "null";
  } else {
    return Form<std::decay_t<R>>::write(function(static_cast<A&&>(std::get<I>(args))...));
  }
}

template <class R, class... A> int serve(R (*function)(A...)) {
  std::string text;
  char part[65536];
  for (ssize_t size; (size = ::read(0, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(size));
  for (const Json& request : Reader(text).read().items) {
    try {
      send("{\"value\":" + called(function, request, std::make_index_sequence<sizeof...(A)>()) + "}");
    } catch (const std::exception& error) {
      send("{\"raised\":[\"std::exception\"],\"message\":" + quoted(error.what()) + "}");
    }
  }
  ::_exit(0);
}

}  // namespace tracestill
