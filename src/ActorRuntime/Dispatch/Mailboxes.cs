using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>The kinds of mailboxes of one actor system, made from its configuration when they are first asked for.</summary>
/// <remarks>
/// Which one an actor gets: the one its props name; else the one its dispatcher's section describes; else the one that
/// <c>actor-runtime.actor.mailbox.requirements</c> has for its <see cref="IRequiresMessageQueue{T}"/>; else <c>actor-runtime.actor.default-mailbox</c>.
/// </remarks>
public sealed class Mailboxes
{
    /// <summary>Id of the mailbox actors get unless told otherwise.</summary>
    public const string DefaultMailboxId = "actor-runtime.actor.default-mailbox";

    private const string Own = "actor-runtime.actor.mailbox.";

    private static readonly Config Bounds = ConfigurationFactory.ParseString("mailbox-capacity = 1000, mailbox-push-timeout-time = 10s");

    private static readonly Dictionary<string, Type> BuiltIn = new(StringComparer.Ordinal)
    {
        [DefaultMailboxId] = typeof(UnboundedMailbox),
        [Own + "unbounded-queue-based"] = typeof(UnboundedMailbox),
        [Own + "bounded-queue-based"] = typeof(BoundedMailbox),
        [Own + "unbounded-deque-based"] = typeof(UnboundedMailbox),
        [Own + "bounded-deque-based"] = typeof(BoundedDequeBasedMailbox),
        [Own + "unbounded-control-aware-queue-based"] = typeof(UnboundedControlAwareMailbox),
        [Own + "bounded-control-aware-queue-based"] = typeof(BoundedControlAwareMailbox),
    };

    private static readonly Dictionary<Type, string> Requirements = new()
    {
        [typeof(IUnboundedMessageQueueSemantics)] = Own + "unbounded-queue-based",
        [typeof(IBoundedMessageQueueSemantics)] = Own + "bounded-queue-based",
        [typeof(IDequeBasedMessageQueueSemantics)] = Own + "unbounded-deque-based",
        [typeof(IUnboundedDequeBasedMessageQueueSemantics)] = Own + "unbounded-deque-based",
        [typeof(IBoundedDequeBasedMessageQueueSemantics)] = Own + "bounded-deque-based",
        [typeof(IControlAwareMessageQueueSemantics)] = Own + "unbounded-control-aware-queue-based",
        [typeof(IUnboundedControlAwareMessageQueueSemantics)] = Own + "unbounded-control-aware-queue-based",
        [typeof(IBoundedControlAwareMessageQueueSemantics)] = Own + "bounded-control-aware-queue-based",
    };

    private readonly ConcurrentDictionary<string, Kind> _kinds = [];
    private readonly Settings _settings;
    private readonly Kind _default;

    internal Mailboxes(Settings settings)
    {
        _settings = settings;
        _default = KindOf(DefaultMailboxId);
    }

    /// <summary>Whether the configuration has a mailbox of this name, or the runtime does; usable or not.</summary>
    public bool HasMailbox(string id) => BuiltIn.ContainsKey(id) || _settings.Config.HasPath(id);

    /// <summary>A mailbox for an actor of <paramref name="props"/>, whose dispatcher is <paramref name="dispatcher"/>.</summary>
    /// <exception cref="ConfigurationException">No such mailbox, or it does not keep what the actor requires.</exception>
    internal Mailbox For(Props props, MessageDispatcher dispatcher)
    {
        var required = props.RequiredQueue;
        var named = props.Mailbox ?? dispatcher.MailboxId;
        if (required is null) return (named is null ? _default : KindOf(named)).Create();

        var kind = KindOf(named ?? MailboxFor(required, props.Type));
        if (required.IsAssignableFrom(kind.Type)) return kind.Create();
        throw new ConfigurationException($"{props.Type} requires a mailbox with {required.Name}, but {named ?? "actor-runtime.actor.mailbox.requirements"} gives it {kind.Type}");
    }

    private string MailboxFor(Type required, Type actor)
    {
        foreach (var (name, value) in _settings.Config.GetConfig("actor-runtime.actor.mailbox.requirements").AsEnumerable())
        {
            var isIt = name == required.FullName || Type.GetType(name, throwOnError: false) == required;
            if (isIt && value is HoconValue.Scalar scalar) return scalar.Text;
        }

        return Requirements.TryGetValue(required, out var id) ? id : throw new ConfigurationException(
            $"{actor} requires a mailbox with {required.FullName}: name one in actor-runtime.actor.mailbox.requirements, or by Props.WithMailbox");
    }

    private Kind KindOf(string id) => _kinds.TryGetValue(id, out var kind) ? kind : _kinds.GetOrAdd(id, ReadKind(id));

    private Kind ReadKind(string id)
    {
        if (!HasMailbox(id))
        {
            throw new ConfigurationException(
                $"Mailbox [{id}] is not configured: add a section {id} {{ mailbox-type = \"Namespace.Type, Assembly\" }}, or correct the name (it is the full path of the section)");
        }

        var own = _settings.Config.GetConfig(id);
        var key = id + ".mailbox-type";
        var isBuiltIn = BuiltIn.TryGetValue(id, out var type);
        if (own.HasPath("mailbox-type")) type = ConfiguredType.Find(key, own.GetString("mailbox-type"), typeof(Mailbox), "a class of ActorRuntime.Dispatch");
        else if (!isBuiltIn) throw new ConfigurationException($"{key} is missing: it names the class of the mailbox");

        if (type == typeof(UnboundedMailbox)) return new Kind(type, static () => new UnboundedMailbox());
        // Bounds that a section leaves out are those of the default mailbox's section.
        var section = own.WithFallback(_settings.Config.GetConfig(DefaultMailboxId)).WithFallback(Bounds);
        var constructor = ConfiguredType.Constructor(key, type!, typeof(Settings), typeof(Config));
        var kind = new Kind(type!, () => (Mailbox)ConfiguredType.Invoke(key, constructor, _settings, section));
        // Now rather than with the first actor: a section that cannot be used is an error of whoever names it.
        kind.Create();
        return kind;
    }

    private sealed record Kind(Type Type, Func<Mailbox> Create);
}
