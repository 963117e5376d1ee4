namespace ActorRuntime.Persistence.ControlLog;

/// <summary>A control-log store that tells by itself when another node has appended.</summary>
public interface IWatchedControlLogStore : IControlLogStore
{
    /// <summary>Lets <paramref name="advanced"/> be called with the head after appends of any node, from now on and instead of an earlier one.
    /// After the store was opened.</summary>
    /// <param name="advanced">Called on a thread of the store's, which must not be held up. A hint: calls may come late, repeat a version or
    /// be lost, so whoever follows the log still looks now and then.</param>
    void Watch(Action<long> advanced);
}
