using ActorRuntime.Event;
using ActorRuntime.Util;

namespace ActorRuntime.Actor;

/// <summary>A place in the tree, found again with every message. <c>*</c> and <c>?</c> in an element match siblings; <c>..</c> goes up.</summary>
public sealed class ActorSelection : ICanTell, IEquatable<ActorSelection>
{
    private readonly string[] _elements;

    /// <summary>A selection from an actor downwards.</summary>
    /// <param name="anchor">Where the path starts.</param>
    /// <param name="path">Elements separated by slashes.</param>
    public ActorSelection(IActorRef anchor, string path)
        : this(anchor, path.Split('/', StringSplitOptions.RemoveEmptyEntries))
    {
    }

    /// <summary>A selection from an actor downwards.</summary>
    public ActorSelection(IActorRef anchor, IEnumerable<string> elements) => (Anchor, _elements) = (anchor, [.. elements]);

    /// <summary>Where the path starts.</summary>
    public IActorRef Anchor { get; }

    /// <summary>The path from there.</summary>
    public string PathString => "/" + string.Join('/', _elements);

    /// <inheritdoc/>
    public void Tell(object? message, IActorRef? sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        sender ??= ActorCell.Current?.Self;
        var envelope = new ActorSelectionMessage(message, _elements);
        if (Anchor is IInternalActorRef { IsLocal: false }) Anchor.Tell(envelope, sender);
        else Deliver((IInternalActorRef)Anchor, sender, envelope);
    }

    /// <summary>The one actor selected.</summary>
    /// <exception cref="ActorNotFoundException">Nobody answered in time.</exception>
    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, cancellationToken).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException($"Nobody lives at {this}");
        }
        catch (AskTimeoutException cause)
        {
            throw new ActorNotFoundException($"Nobody answered at {this} within {timeout}", cause);
        }
    }

    /// <inheritdoc/>
    public bool Equals(ActorSelection? other) => other is not null && Anchor.Equals(other.Anchor) && PathString == other.PathString;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorSelection);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);

    /// <inheritdoc/>
    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    /// <summary>Walks down from <paramref name="anchor"/>; what is on another node is handed to it with the rest of the way.</summary>
    internal static void Deliver(IInternalActorRef anchor, IActorRef? sender, ActorSelectionMessage selection)
    {
        var at = anchor;
        for (var i = 0; i < selection.Elements.Count; i++)
        {
            var element = selection.Elements[i];
            if (element == "..")
            {
                at = at.Parent;
                continue;
            }

            if (!at.IsLocal)
            {
                at.Tell(new ActorSelectionMessage(selection.Message, [.. selection.Elements.Skip(i)], selection.WildcardFanOut), sender);
                return;
            }

            if (WildcardMatch.IsPattern(element))
            {
                DeliverToMatching(at, sender, selection, i);
                return;
            }

            if (ChildOf(at, element) is not { } child)
            {
                DeliverToNobody(at, sender, selection);
                return;
            }

            at = child;
        }

        at.Tell(selection.Message, sender);
    }

    private static void DeliverToMatching(IInternalActorRef at, IActorRef? sender, ActorSelectionMessage selection, int index)
    {
        var rest = new ActorSelectionMessage(selection.Message, [.. selection.Elements.Skip(index + 1)], wildcardFanOut: true);
        var any = false;
        foreach (var child in ChildrenOf(at))
        {
            if (!WildcardMatch.Like(child.Path.Name, selection.Elements[index])) continue;
            any = true;
            Deliver(child, sender, rest);
        }

        if (!any) DeliverToNobody(at, sender, selection);
    }

    // One of many branches that ends in nothing is no news; the only one is.
    private static void DeliverToNobody(IInternalActorRef at, IActorRef? sender, ActorSelectionMessage selection)
    {
        if (selection.WildcardFanOut) return;
        var provider = at is Nobody ? ((IInternalActorRef?)sender)?.Provider : at.Provider;
        if (provider is null) return;
        var nobody = new EmptyLocalActorRef(provider, at.Path / selection.Elements, (DeadLetterActorRef)provider.DeadLetters);
        nobody.Tell(selection.Message, sender);
    }

    private static IInternalActorRef? ChildOf(IInternalActorRef at, string name)
    {
        var child = at.GetChild([name]);
        return child.IsNobody() ? null : (IInternalActorRef)child;
    }

    private static IEnumerable<IInternalActorRef> ChildrenOf(IInternalActorRef at) => at switch
    {
        LocalActorRef local => local.Cell.ChildrenOrNull?.Snapshot() ?? [],
        _ => [],
    };
}

/// <summary>A message on its way through the tree.</summary>
/// <param name="message">What is delivered at the end.</param>
/// <param name="elements">The rest of the way; may have wildcards.</param>
/// <param name="wildcardFanOut">True when it is one of several copies.</param>
public sealed class ActorSelectionMessage(object message, IReadOnlyList<string> elements, bool wildcardFanOut = false) : IAutoReceivedMessage, IPossiblyHarmful
{
    /// <summary>What is delivered at the end.</summary>
    public object Message { get; } = message;

    /// <summary>The rest of the way; may have wildcards.</summary>
    public IReadOnlyList<string> Elements { get; } = elements;

    /// <summary>True when it is one of several copies.</summary>
    public bool WildcardFanOut { get; } = wildcardFanOut;
}
