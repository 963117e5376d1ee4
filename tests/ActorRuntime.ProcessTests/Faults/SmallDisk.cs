using System.Diagnostics;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>A file system in memory that can be filled up.</summary>
/// <remarks>A process of its own unmounts it when its standard input closes, so also when this process is killed.</remarks>
internal sealed class SmallDisk : IDisposable
{
    private readonly Process _holder;

    private SmallDisk(string path, Process holder) => (Path, _holder) = (path, holder);

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <exception cref="IOException">It could not be mounted; says why.</exception>
    public static SmallDisk Mount(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        // Interrupts of the terminal go to all of its processes: this one stays to tidy up.
        var script = $"trap '' INT TERM HUP; mount -t tmpfs -o size={megabytes}m actor-runtime-test \"$0\" && echo mounted && cat; umount -l \"$0\"";
        var holder = Process.Start(new ProcessStartInfo("sh", ["-c", script, path])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        if (holder.StandardOutput.ReadLine() == "mounted") return new(path, holder);
        throw new IOException(holder.StandardError.ReadToEnd());
    }

    /// <summary>Takes all the space that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 << 10];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
