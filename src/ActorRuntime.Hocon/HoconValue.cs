using System.Globalization;
using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>A value with the place it was written at. Immutable; parts are shared between configurations.</summary>
public abstract class HoconValue
{
    private HoconValue(HoconOrigin origin, long weight, int depth) => (Origin, Weight, Depth) = (origin, weight, depth);

    /// <summary>Where it was written.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>What messages call this kind of value.</summary>
    public abstract string KindName { get; }

    /// <summary>Characters plus values in it, shared parts counted each time.</summary>
    internal long Weight { get; }

    /// <summary>Levels of objects and lists.</summary>
    internal int Depth { get; }

    /// <summary>HOCON that parses to this value.</summary>
    public override string ToString() => HoconRenderer.Render(this);

    /// <summary>This value over <paramref name="lower"/>: objects merge, anything else hides what is below. Associative.</summary>
    internal virtual HoconValue Over(HoconValue lower) => this;

    /// <summary>This value where a list is expected: a list, or an object whose keys are whole numbers, in their order; else
    /// null.</summary>
    internal virtual List? AsList() => null;

    /// <summary>A string, number, boolean, duration or size: text, until somebody asks for a type.</summary>
    public sealed class Scalar : HoconValue
    {
        internal Scalar(string text, HoconOrigin origin) : base(origin, 1 + text.Length, 0) => Text = text;

        /// <summary>The text without quotes and escapes.</summary>
        public string Text { get; }

        /// <summary>Simple values side by side, with the white space between them; what is missing is empty.</summary>
        /// <exception cref="ConfigurationException">The result is too long.</exception>
        internal static Scalar Join(IReadOnlyList<(string Space, HoconValue? Value)> parts, HoconOrigin origin)
        {
            var text = new StringBuilder();
            for (var index = 0; index < parts.Count; index++)
            {
                if (index > 0) text.Append(parts[index].Space);
                text.Append(parts[index].Value switch { Scalar scalar => scalar.Text, null => "", _ => "null" });
                if (text.Length <= HoconLimits.WeightMax) continue;
                throw new ConfigurationException(new ConfigurationError($"longer than {HoconLimits.WeightMax} characters", "", origin));
            }
            return new Scalar(text.ToString(), origin);
        }

        /// <inheritdoc/>
        public override string KindName => $"'{(Text.Length > 60 ? Text[..60] + "…" : Text)}'";
    }

    /// <summary>The word <c>null</c>: takes back a value of a fallback.</summary>
    public sealed class Null : HoconValue
    {
        internal Null(HoconOrigin origin) : base(origin, 1, 0) { }

        /// <inheritdoc/>
        public override string KindName => "null";
    }

    /// <summary>A list.</summary>
    public sealed class List : HoconValue
    {
        internal List(IReadOnlyList<HoconValue> items, HoconOrigin origin)
            : base(origin, 1 + items.Sum(item => item.Weight), 1 + items.Select(item => item.Depth).DefaultIfEmpty().Max()) =>
            Items = items;

        /// <summary>The items, in the order written.</summary>
        public IReadOnlyList<HoconValue> Items { get; }

        /// <inheritdoc/>
        public override string KindName => "a list";

        internal override List AsList() => this;
    }

    /// <summary>Keys and values, in the order first written.</summary>
    public sealed class Object : HoconValue
    {
        private readonly OrderedDictionary<string, HoconValue> _items;

        /// <summary>Set once it was laid over something that is no object: what lies below that stays hidden.</summary>
        private readonly bool _hidesLower;

        internal Object(OrderedDictionary<string, HoconValue> items, HoconOrigin origin, bool hidesLower = false)
            : base(
                origin,
                1 + items.Sum(item => item.Key.Length + item.Value.Weight),
                1 + items.Select(item => item.Value.Depth).DefaultIfEmpty().Max()) =>
            (_items, _hidesLower) = (items, hidesLower);

        /// <summary>Keys (one path element each) and values.</summary>
        public IReadOnlyDictionary<string, HoconValue> Items => _items;

        /// <inheritdoc/>
        public override string KindName => "an object";

        internal override HoconValue Over(HoconValue lower)
        {
            if (_hidesLower) return this;
            if (lower is not Object below) return new Object(_items, Origin, hidesLower: true);
            var merged = new OrderedDictionary<string, HoconValue>(below._items);
            foreach (var (key, value) in _items)
                merged[key] = merged.TryGetValue(key, out var hidden) ? value.Over(hidden) : value;
            return new Object(merged, Origin, below._hidesLower);
        }

        /// <summary>Other keys, and gaps in the numbers, are passed over.</summary>
        internal override List? AsList()
        {
            var items = new SortedDictionary<int, HoconValue>();
            foreach (var (key, value) in _items)
            {
                if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) items[index] = value;
            }
            return items.Count == 0 ? null : new List([.. items.Values], Origin);
        }

        /// <summary>The value at <paramref name="path"/>, null when there is none.</summary>
        internal HoconValue? Find(IEnumerable<string> path)
        {
            HoconValue? found = this;
            foreach (var element in path)
                found = found is Object parent && parent._items.TryGetValue(element, out var child) ? child : null;
            return found;
        }
    }
}

/// <summary>What an include callback hands back: the top of another configuration.</summary>
/// <param name="value">Usually <see cref="Config.Root"/>.</param>
public sealed class HoconRoot(HoconValue value)
{
    /// <summary>The value to put in place of the include.</summary>
    public HoconValue Value { get; } = value;
}
